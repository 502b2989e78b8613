import type { Verdict } from '../../wasm/consumers/consumer.ts'
import { printable } from '../../wasm/model/printable.ts'
import { type Finding, formatFix } from '../../wasm/assess/finding.ts'
import { type ConsumerResult, formatConsumer } from '../../wasm/assess/matrix.ts'
import type { WasmFacts } from '../../wasm/read/facts.ts'
import type { WasmReport } from '../../wasm/report/report.ts'
import { type Paint, plainText } from './paint.ts'

/** Characters of a foreign text. */
const MAX_TEXT = 200
/** Producers, exports and the like in one line. */
const MAX_NAMES = 8

/** A report as text for a terminal. */
export function formatReport(report: WasmReport, paint: Paint = plainText): string {
  const { reference, digest, convention, consumers, findings } = report
  return [
    paint('bold', printable(reference, MAX_TEXT)),
    ...fields([
      [report.digest === undefined ? 'would be pushed as' : 'convention', convention.title],
      ['manifest', digest],
      ...moduleFields(report),
    ]),
    '',
    ...table(consumers, paint),
    ...(findings.length > 0
      ? ['', ...findings.flatMap((finding) => formatFinding(finding, paint))]
      : []),
    '',
  ].join('\n')
}

type Field = readonly [name: string, value: string | undefined]

function fields(all: readonly Field[]): string[] {
  const known = all.filter(([, value]) => value !== undefined && value !== '')
  const width = Math.max(...known.map(([name]) => name.length))
  return known.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)
}

function moduleFields({ module }: WasmReport): Field[] {
  if (!module) return []
  const { content, size, sha256, title, inArchive, wasm } = module
  const name = printable(title ?? '', MAX_TEXT)
  return [
    ['file', inArchive ? 'plugin.wasm in the last layer' : name],
    ['content', wasm ? `${KINDS[wasm.kind]}, ${size} bytes` : `${content}, ${size} bytes`],
    ['sha256', sha256],
    ...(wasm ? wasmFields(wasm) : []),
  ]
}

const KINDS: Readonly<Record<WasmFacts['kind'], string>> = {
  'core-module': 'core module',
  component: 'component',
  'wit-package': 'WIT package',
  'component-prototype': 'component of an older format',
  unknown: 'WebAssembly of an unknown version',
}

function wasmFields(wasm: WasmFacts): Field[] {
  const { imports, exports, producers, proxyWasm, packages, partlyRead } = wasm
  return [
    ['name', wasm.name && printable(wasm.name)],
    ['proxy-wasm', proxyWasm.markers.map((marker) => printable(marker)).join(', ')],
    [
      'imports',
      counted(imports.total, new Set(imports.items.map(({ module, name }) => module ?? name))),
    ],
    ['exports', counted(exports.total, new Set(exports.items.map(({ name }) => name)))],
    ['packages', listed(packages.items)],
    [
      'made with',
      listed(new Set(producers.items.map(({ name, version }) => `${name} ${version}`.trim()))),
    ],
    ['entry', wasm.entry && printable(wasm.entry)],
    [
      'partly read',
      listed(new Set(partlyRead.items.map(({ part, detail }) => `${part}: ${detail}`))),
    ],
  ]
}

function counted(total: number, names: ReadonlySet<string>): string {
  return total === 0 ? 'none' : `${total}: ${listed(names)}`
}

function listed(names: Iterable<string>): string {
  const all = [...names].map((name) => printable(name))
  const more = all.length - MAX_NAMES
  return all.slice(0, MAX_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : '')
}

function table(rows: readonly ConsumerResult[], paint: Paint): string[] {
  const cells = rows.map(
    (row) => [formatConsumer(row), cell(row.pull), cell(row.run), reasonOf(row)] as const,
  )
  const heading = ['CONSUMER', 'PULL', 'RUN', 'REASON'] as const
  const widths = [0, 1, 2].map((column) =>
    Math.max(...[heading, ...cells].map((row) => row[column]!.length)),
  )
  const line = (row: readonly string[], colour: (text: string) => string) =>
    row
      .map((text, column) => colour(text.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd()
  return [
    line(heading, (text) => paint('bold', text)),
    ...cells.map((row) =>
      line(row, (text) => paint(VERDICT_COLOURS[text.trim()] ?? 'reset', text)),
    ),
  ]
}

const VERDICT_COLOURS: Readonly<Record<string, 'green' | 'red' | 'yellow' | 'gray'>> = {
  ok: 'green',
  refuses: 'red',
  unknown: 'yellow',
  '-': 'gray',
}

function cell({ verdict, rule }: Verdict): string {
  return rule === 'no-such-stage' ? '-' : verdict
}

/** The consumer's own words at the first stage that is not ok, or the rule if there are none. */
function reasonOf({ pull, run }: ConsumerResult): string {
  const deciding = [pull, run].find(({ verdict }) => verdict !== 'ok')
  if (!deciding) return ''
  const words = deciding.words.join(deciding.either ? ' or ' : '; ')
  return printable(words === '' ? deciding.rule.replaceAll('-', ' ') : words, MAX_TEXT)
}

const SEVERITY_COLOURS = { error: 'red', warning: 'yellow', info: 'gray' } as const

/** `error: …`, `warning: …` or `info: …`, and the fix in a second line. */
export function formatFinding({ severity, text, fix }: Finding, paint: Paint): string[] {
  const mark = paint(SEVERITY_COLOURS[severity], `${severity}:`)
  return [`${mark} ${text}`, ...(fix === undefined ? [] : [`  ${formatFix(fix)}`])]
}
