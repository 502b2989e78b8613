import { BARS, checkBar, type BarResult } from './bars.ts'
import type { Machine } from './machine.ts'
import type { ScenarioResult } from './results.ts'
import type { ServerKind } from './servers/server.ts'

export interface Run {
  readonly machine: Machine
  readonly servers: readonly { readonly kind: ServerKind; readonly version: string }[]
  readonly rounds: number
  readonly seconds: number
  readonly results: readonly ScenarioResult[]
}

/** One scenario as a table; the ratios are Wasmoor divided by that server. */
export function scenarioTable({ id, title, unit, generator, rows }: ScenarioResult): string {
  const ours = rows.find(({ server }) => server === 'wasmoor')
  const lines = rows.map((row) => [
    row.server,
    decimal(row.speed),
    `${Math.round(row.spread * 100)} %`,
    decimal(row.cpuMicrosecondsPerOperation),
    mebibytes(row.peakMemoryBytes),
    mebibytes(row.memoryBytes),
    ratio(ours?.speed, row.speed),
    ratio(ours?.cpuMicrosecondsPerOperation, row.cpuMicrosecondsPerOperation),
  ])
  const heads = ['server', unit, 'spread', 'CPU µs/op', 'peak MiB', 'MiB now', '× speed', '× CPU']
  return `### ${title} (\`${id}\`, ${generator})\n\n${table(heads, lines)}`
}

export function barsTable(results: readonly ScenarioResult[]): string {
  const lines = BARS.map((bar) => {
    const result = checkBar(bar, results)
    const { statement, sense, limit } = bar
    const figure = result.figure === undefined ? '–' : decimal(result.figure)
    return [statement, `${sense} ${decimal(limit)}`, figure, formatResult(result)]
  })
  return table(['bar', 'limit', 'measured', ''], lines)
}

function formatResult({ met, missedBy }: BarResult): string {
  if (met === undefined) return 'not measured'
  return met ? 'met' : `**missed by ${Math.ceil(missedBy * 100)} %**`
}

/** The whole of RESULTS.md. */
export function document(run: Run, notes: string): string {
  const servers = run.servers.map(({ kind, version }) => [kind.name, version, kind.remark])
  return `# Results of \`npm run bench\`

${machineLines(run.machine)}
- Medians of ${run.rounds} rounds of ${run.seconds} s each, after a warm-up; each round goes through all scenarios and servers.
- Clients run on the same cores as the server, so ops/s are what both reach together; the server's CPU per
  operation is the steadier figure. Memory is summed over a server's processes (what they share counts twice),
  and includes what earlier scenarios left behind.
- The spread is that of the rounds' speeds, largest minus smallest, as a part of the median.
- × is Wasmoor ÷ that server: speed above 1 and CPU below 1 are in favour of Wasmoor.

${table(['server', 'version', ''], servers)}

## Bars

${barsTable(run.results)}

${notes}

## Figures

${run.results.map(scenarioTable).join('\n\n')}
`
}

export function machineLines(machine: Machine): string {
  return [
    `- Date: ${machine.date}`,
    `- Machine: ${machine.processor}, ${machine.memory}, Linux ${machine.kernel}, ${machine.fileSystem}`,
    `- Load average before the run: ${machine.load}`,
    `- Node ${machine.node}; load generator: ${machine.generator}`,
  ].join('\n')
}

export function table(heads: readonly string[], lines: readonly (readonly string[])[]): string {
  const widths = heads.map((head, column) =>
    Math.max(3, head.length, ...lines.map((line) => (line[column] ?? '').length)),
  )
  const row = (cells: readonly string[]) =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`
  return [row(heads), row(widths.map((width) => '-'.repeat(width))), ...lines.map(row)].join('\n')
}

/** Three digits say all that a noisy machine can. */
export function decimal(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en')
  return Number(value.toPrecision(3)).toString()
}

function ratio(ours: number | undefined, theirs: number): string {
  return ours === undefined ? '–' : (ours / theirs).toFixed(2)
}

function mebibytes(bytes: number): string {
  return Math.round(bytes / 1024 / 1024).toString()
}
