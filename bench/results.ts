import type { Measurement } from './measure.ts'
import type { Scenario } from './scenarios.ts'

/** The medians of one server in one scenario; of memory the last value and the peak. */
export interface Row extends Measurement {
  readonly server: string
  /** The difference between the fastest and the slowest round, divided by the median. */
  readonly spread: number
}

export interface ScenarioResult {
  readonly id: string
  readonly title: string
  readonly unit: Scenario['unit']
  readonly generator: 'wrk' | 'built-in'
  readonly rows: readonly Row[]
}

export function summarise(server: string, rounds: readonly Measurement[]): Row {
  const each = (field: keyof Measurement) => rounds.map((round) => round[field])
  const speeds = each('speed')
  const speed = median(speeds)
  return {
    server,
    speed,
    spread: (Math.max(...speeds) - Math.min(...speeds)) / speed,
    cpuMicrosecondsPerOperation: median(each('cpuMicrosecondsPerOperation')),
    memoryBytes: each('memoryBytes').at(-1) ?? NaN,
    peakMemoryBytes: Math.max(...each('peakMemoryBytes')),
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const low = sorted[Math.ceil(middle) - 1] ?? NaN
  const high = sorted[Math.floor(middle)] ?? NaN
  return (low + high) / 2
}

export function rowOf(
  results: readonly ScenarioResult[],
  scenario: string,
  server: string,
): Row | undefined {
  return results.find(({ id }) => id === scenario)?.rows.find((row) => row.server === server)
}
