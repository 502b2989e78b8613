import { MIB } from '../src/base/sizes.ts'
import { GOALS, checkGoal, type GoalResult } from './goals.ts'
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

/** One scenario as a table. The ratios are Wasmoor ÷ that server. */
export function formatScenario({ id, title, unit, generator, rows }: ScenarioResult): string {
  const ours = rows.find(({ server }) => server === 'wasmoor')
  const lines = rows.map((row) => [
    row.server,
    formatDecimal(row.speed),
    `${Math.round(row.spread * 100)} %`,
    formatDecimal(row.cpuMicrosecondsPerOperation),
    formatMebibytes(row.peakMemoryBytes),
    formatMebibytes(row.memoryBytes),
    formatRatio(ours?.speed, row.speed),
    formatRatio(ours?.cpuMicrosecondsPerOperation, row.cpuMicrosecondsPerOperation),
  ])
  const heads = ['server', unit, 'spread', 'CPU µs/op', 'peak MiB', 'MiB after', '× speed', '× CPU']
  return `### ${title} (\`${id}\`, ${generator})\n\n${formatTable(heads, lines)}`
}

export function goalsTable(results: readonly ScenarioResult[]): string {
  const lines = GOALS.map((goal) => {
    const result = checkGoal(goal, results)
    const { statement, sense, limit } = goal
    const figure = result.figure === undefined ? '–' : formatDecimal(result.figure)
    return [statement, `${sense} ${formatDecimal(limit)}`, figure, formatResult(result)]
  })
  return formatTable(['goal', 'limit', 'measured', ''], lines)
}

function formatResult({ met, missedBy }: GoalResult): string {
  if (met === undefined) return 'not measured'
  return met ? 'met' : `**missed by ${Math.ceil(missedBy * 100)} %**`
}

/** The content of RESULTS.md. */
export function formatReport(run: Run, notes: string): string {
  const servers = run.servers.map(({ kind, version }) => [kind.name, version, kind.remark])
  return `# Results of \`npm run bench\`

${formatMachine(run.machine)}
- Medians of ${run.rounds} rounds of ${run.seconds} s each, after a warm-up. Each round runs all scenarios on all servers.
- Clients and servers share the cores, so ops/s depend on both; the server's CPU per operation varies less. Memory is
  the sum over a server's processes (shared memory counts twice), and includes what earlier scenarios left.
- Spread: the largest speed of a round minus the smallest, divided by the median.
- ×: Wasmoor ÷ that server. Wasmoor is better if the speed is above 1 and the CPU below 1.

${formatTable(['server', 'version', ''], servers)}

## Goals

${goalsTable(run.results)}

${notes}

## Figures

${run.results.map(formatScenario).join('\n\n')}
`
}

export function formatMachine(machine: Machine): string {
  return [
    `- Date: ${machine.date}`,
    `- Machine: ${machine.processor}, ${machine.memory}, Linux ${machine.kernel}, ${machine.fileSystem}`,
    `- Load average before the run: ${machine.load}`,
    `- Node ${machine.node}; load generator: ${machine.generator}`,
  ].join('\n')
}

export function formatTable(
  heads: readonly string[],
  lines: readonly (readonly string[])[],
): string {
  const widths = heads.map((head, column) =>
    Math.max(3, head.length, ...lines.map((line) => (line[column] ?? '').length)),
  )
  const row = (cells: readonly string[]) =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`
  return [row(heads), row(widths.map((width) => '-'.repeat(width))), ...lines.map(row)].join('\n')
}

/** Formats a number with three significant digits, because the machine is noisy. */
export function formatDecimal(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en')
  return Number(value.toPrecision(3)).toString()
}

function formatRatio(ours: number | undefined, theirs: number): string {
  return ours === undefined ? '–' : (ours / theirs).toFixed(2)
}

function formatMebibytes(bytes: number): string {
  return Math.round(bytes / MIB).toString()
}
