import { rowOf, type Row, type ScenarioResult } from './results.ts'

/** What Wasmoor sets out to reach. A figure is compared with a limit it must not fall below, or exceed. */
export interface Bar {
  readonly statement: string
  readonly sense: 'at least' | 'at most'
  readonly limit: number
  /** Undefined where something that the figure needs was not measured. */
  figure(results: readonly ScenarioResult[]): number | undefined
}

export interface BarResult {
  readonly bar: Bar
  readonly figure: number | undefined
  readonly met: boolean | undefined
  /** How far on the wrong side of the limit, as a part of the limit. */
  readonly missedBy: number
}

export function checkBar(bar: Bar, results: readonly ScenarioResult[]): BarResult {
  const figure = bar.figure(results)
  if (figure === undefined) return { bar, figure, met: undefined, missedBy: 0 }
  const short = bar.sense === 'at least' ? bar.limit - figure : figure - bar.limit
  return { bar, figure, met: short <= 0, missedBy: Math.max(0, short / bar.limit) }
}

export const BARS: readonly Bar[] = [
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

function speedOver(peer: string, scenario: string, limit: number): Bar {
  return {
    statement: `${scenario}: speed ÷ ${peer}`,
    sense: 'at least',
    limit,
    figure: (results) => against(results, scenario, peer, speed),
  }
}

function cpuUpTo(limit: number, scenario: string): Bar {
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

/** Cost that does not grow with what is stored: the speed, and the CPU as the steadier figure. */
function flat(many: string, few: string): Bar[] {
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
