import { rowOf, type Row, type ScenarioResult } from './results.ts'

/** A performance goal: a figure and the limit that it must reach or not exceed. */
export interface Goal {
  readonly statement: string
  readonly sense: 'at least' | 'at most'
  readonly limit: number
  /** Undefined if a measurement is missing. */
  figure(results: readonly ScenarioResult[]): number | undefined
}

export interface GoalResult {
  readonly goal: Goal
  readonly figure: number | undefined
  readonly met: boolean | undefined
  /** Distance from the limit, as a fraction of it; 0 if the goal is met. */
  readonly missedBy: number
}

export function checkGoal(goal: Goal, results: readonly ScenarioResult[]): GoalResult {
  const figure = goal.figure(results)
  if (figure === undefined) return { goal, figure, met: undefined, missedBy: 0 }
  const short = goal.sense === 'at least' ? goal.limit - figure : figure - goal.limit
  return { goal, figure, met: short <= 0, missedBy: Math.max(0, short / goal.limit) }
}

export const GOALS: readonly Goal[] = [
  ...['manifest-get', 'manifest-head', 'blob-16k', 'blob-100k'].map((scenario) =>
    speedOver('olareg', scenario, 1.5),
  ),
  ...['manifest-get', 'manifest-head', 'blob-16k'].map((scenario) => cpuUpTo(40, scenario)),
  {
    statement: 'blob-100k: CPU per operation ÷ nginx',
    sense: 'at most',
    limit: 2,
    figure: (results) => against(results, 'blob-100k', 'nginx', cpu),
  },
  speedOver('nginx', 'blob-1m', 0.8),
  speedOver('nginx', 'blob-64m', 0.8),
  speedOver('olareg', 'push', 1),
  speedOver('distribution', 'push', 4),
  speedOver('zot', 'push', 4),
  speedOver('distribution', 'upload', 1),
  ...flat('manifest-get-many', 'manifest-get'),
  ...flat('manifest-put-many', 'manifest-put'),
]

type Figure = (row: Row) => number
const speed: Figure = (row) => row.speed
const cpu: Figure = (row) => row.cpuMicrosecondsPerOperation

function speedOver(peer: string, scenario: string, limit: number): Goal {
  return {
    statement: `${scenario}: speed ÷ ${peer}`,
    sense: 'at least',
    limit,
    figure: (results) => against(results, scenario, peer, speed),
  }
}

function cpuUpTo(limit: number, scenario: string): Goal {
  return {
    statement: `${scenario}: CPU µs per operation`,
    sense: 'at most',
    limit,
    figure: (results) => {
      const row = rowOf(results, scenario, 'wasmoor')
      return row && cpu(row)
    },
  }
}

/**
 * Goals for a cost that does not grow with the stored content, by speed and by CPU, which varies
 * less.
 */
function flat(many: string, few: string): Goal[] {
  const compare = (results: readonly ScenarioResult[], figure: Figure) =>
    quotient(rowOf(results, many, 'wasmoor'), rowOf(results, few, 'wasmoor'), figure)
  return [
    {
      statement: `${many}: speed ÷ ${few}`,
      sense: 'at least',
      limit: 1 / 1.5,
      figure: (results) => compare(results, speed),
    },
    {
      statement: `${many}: CPU per operation ÷ ${few}`,
      sense: 'at most',
      limit: 1.5,
      figure: (results) => compare(results, cpu),
    },
  ]
}

function against(
  results: readonly ScenarioResult[],
  scenario: string,
  peer: string,
  figure: Figure,
): number | undefined {
  return quotient(rowOf(results, scenario, 'wasmoor'), rowOf(results, scenario, peer), figure)
}

function quotient(row: Row | undefined, other: Row | undefined, figure: Figure) {
  return row && other && figure(row) / figure(other)
}
