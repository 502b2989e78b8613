import type { Machine } from '../machine.ts'

export interface Latencies {
  /** 99th percentiles in milliseconds. */
  readonly reads: number
  readonly pushes: number
  /** Answers to the wrong logins, by status. */
  readonly answers: ReadonlyMap<number, number>
}

export interface AuthResults {
  readonly machine: Machine
  readonly version: string
  /** CPU of a read with a token ÷ CPU of a read from an open registry, by round. */
  readonly ratios: readonly number[]
  readonly quiet: Latencies
  /** During the wrong logins. */
  readonly attacked: Latencies
}

/** Limits of a ratio of CPU times, and of a delay in milliseconds. */
const HIGHEST_RATIO = 1.25
const LONGEST_DELAY = 50

export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]
  if (value === undefined) throw new Error('nothing was measured')
  return value
}

export function formatReport({ machine, version, ratios, quiet, attacked }: AuthResults): string {
  const ratio = percentile(ratios, 0.5)
  const delays = { reads: attacked.reads - quiet.reads, pushes: attacked.pushes - quiet.pushes }
  const row = (what: string, limit: string, figure: string, met: boolean) =>
    `| ${what} | ${limit} | ${figure} | ${met ? 'met' : '**missed**'} |`
  const answers = [...attacked.answers].map(([status, count]) => `${count} × ${status}`)
  return `# Results of \`npm run bench:auth\`

- Date: ${machine.date}; Wasmoor ${version}; Node ${machine.node}
- Machine: ${machine.processor}, ${machine.memory}, Linux ${machine.kernel}, ${machine.fileSystem}
- Reads: one cached manifest, 16 connections, in turn from an open registry and with a bearer token from one with an
  htpasswd file; server CPU per request, median of ${ratios.length} rounds (${ratios.map((one) => one.toFixed(2)).join(', ')}).
- Attack: concurrent wrong logins, each for another account, beside two anonymous readers and two clients that push;
  answered ${answers.join(', ')}. 99th percentiles of one run without the attack and one with it.

| Figure | Limit | Measured | |
| --- | --- | --- | --- |
${row('CPU of a read with a token ÷ without authentication', `at most ${HIGHEST_RATIO}`, ratio.toFixed(2), ratio <= HIGHEST_RATIO)}
${row('Reads: p99 during the attack − without', `below ${LONGEST_DELAY} ms`, `${delays.reads.toFixed(1)} ms (${quiet.reads.toFixed(1)} → ${attacked.reads.toFixed(1)})`, delays.reads < LONGEST_DELAY)}
${row('Pushes: p99 during the attack − without', `below ${LONGEST_DELAY} ms`, `${delays.pushes.toFixed(1)} ms (${quiet.pushes.toFixed(1)} → ${attacked.pushes.toFixed(1)})`, delays.pushes < LONGEST_DELAY)}
`
}
