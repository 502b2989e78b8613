import { percentile } from '../auth/report.ts'
import type { Machine } from '../machine.ts'

export interface GateRow {
  readonly title: string
  readonly limit: number
  /** Ratios with the gate ÷ without, by round. */
  readonly time: readonly number[]
  readonly cpu: readonly number[]
}

export interface GateResults {
  readonly machine: Machine
  readonly version: string
  readonly rows: readonly GateRow[]
}

export function formatReport({ machine, version, rows }: GateResults): string {
  const rounds = rows[0]?.time.length ?? 0
  return `# Results of \`npm run bench:gate\`

- Date: ${machine.date}; Wasmoor ${version}; Node ${machine.node}
- Machine: ${machine.processor}, ${machine.memory}, Linux ${machine.kernel}, ${machine.fileSystem}; load before: ${machine.load}
- The same work in turn for two servers: one with the default configuration, and one with \`wasm.policies\` off, which
  neither inspects pushes nor checks them. Time and server CPU with the gate ÷ without: median of ${rounds} rounds, with the
  minimum and maximum in parentheses.

| | limit | time | server CPU | |
| --- | --- | --- | --- | --- |
${rows.map(formatRow).join('\n')}
`
}

function formatRow({ title, limit, time, cpu }: GateRow): string {
  const met = percentile(time, 0.5) <= limit ? 'met' : '**missed**'
  return `| ${title} | ${limit} | ${formatRatios(time)} | ${formatRatios(cpu)} | ${met} |`
}

function formatRatios(ratios: readonly number[]): string {
  const [least, middle, most] = [0, 0.5, 1].map((part) => percentile(ratios, part).toFixed(2))
  return `${middle} (${least}–${most})`
}
