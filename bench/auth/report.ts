import type { Machine } from '../machine.ts'

/** Milliseconds, the 99th percentile, and what the guesses beside them were answered. */
export interface Latencies {
  readonly reads: number
  readonly pushes: number
  readonly answers: ReadonlyMap<number, number>
}

export interface DoorResults {
  readonly machine: Machine
  readonly version: string
  /** CPU of a read with a token ÷ CPU of an open one, by round. */
  readonly ratios: readonly number[]
  readonly without: Latencies
  readonly within: Latencies
}

const DEAREST = 1.25
const LONGEST_DELAY = 50

export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]
  if (value === undefined) throw new Error('nothing was measured')
  return value
}

export function doorDocument({ machine, version, ratios, without, within }: DoorResults): string {
  const ratio = percentile(ratios, 0.5)
  const delays = { reads: within.reads - without.reads, pushes: within.pushes - without.pushes }
  const row = (what: string, limit: string, figure: string, met: boolean) =>
    `| ${what} | ${limit} | ${figure} | ${met ? 'met' : '**missed**'} |`
  const answers = [...within.answers].map(([status, count]) => `${count} × ${status}`)
  return `# Results of \`npm run bench:door\`

- Date: ${machine.date}; Wasmoor ${version}; Node ${machine.node}
- Machine: ${machine.processor}, ${machine.memory}, Linux ${machine.kernel}, ${machine.fileSystem}
- Reads: the same manifest, warm, 16 connections, in turn from an open registry and with a Bearer token from one with an
  htpasswd file; server CPU per request, median of ${ratios.length} rounds (${ratios.map((one) => one.toFixed(2)).join(', ')}).
- Storm: wrong logins at once, each for another account, beside two anonymous readers and two clients that push; answered
  ${answers.join(', ')}. The 99th percentile of one run without and one with it.

| bar | limit | measured | |
| --- | --- | --- | --- |
${row('CPU of a read with a token ÷ of an open one', `at most ${DEAREST}`, ratio.toFixed(2), ratio <= DEAREST)}
${row('reads: p99 in the storm − without', `below ${LONGEST_DELAY} ms`, `${delays.reads.toFixed(1)} ms (${without.reads.toFixed(1)} → ${within.reads.toFixed(1)})`, delays.reads < LONGEST_DELAY)}
${row('pushes: p99 in the storm − without', `below ${LONGEST_DELAY} ms`, `${delays.pushes.toFixed(1)} ms (${without.pushes.toFixed(1)} → ${within.pushes.toFixed(1)})`, delays.pushes < LONGEST_DELAY)}
`
}
