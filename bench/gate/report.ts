import { percentile } from '../auth/report.ts'
import type { Machine } from '../machine.ts'

export interface GateRow {
  readonly title: string
  readonly bar: number
  /** With the gate ÷ without, by round. */
  readonly time: readonly number[]
  readonly cpu: readonly number[]
}

export interface GateResults {
  readonly machine: Machine
  readonly version: string
  readonly rows: readonly GateRow[]
}

export function gateDocument({ machine, version, rows }: GateResults): string {
  const rounds = rows[0]?.time.length ?? 0
  return `# Results of \`npm run bench:gate\`

- Date: ${machine.date}; Wasmoor ${version}; Node ${machine.node}
- Machine: ${machine.processor}, ${machine.memory}, Linux ${machine.kernel}, ${machine.fileSystem}; load before: ${machine.load}
- The same work in turn for two servers: one as it is by default, one with \`wasm.policies\` off for everything, where nothing is
  looked at and nothing judged. Time and server CPU with the gate ÷ without, medians of ${rounds} rounds; in brackets the least
  and the most.

| | limit | time | server CPU | |
| --- | --- | --- | --- | --- |
${rows.map(line).join('\n')}
`
}

function line({ title, bar, time, cpu }: GateRow): string {
  const met = percentile(time, 0.5) <= bar ? 'met' : '**missed**'
  return `| ${title} | ${bar} | ${figure(time)} | ${figure(cpu)} | ${met} |`
}

function figure(ratios: readonly number[]): string {
  const [least, middle, most] = [0, 0.5, 1].map((part) => percentile(ratios, part).toFixed(2))
  return `${middle} (${least}–${most})`
}
