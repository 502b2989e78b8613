import type { WasmReport } from '../wasm/report/report.ts'
import { formatFinding } from './artifact/format-report.ts'
import { inspect } from './artifact/inspection.ts'
import {
  FILE_OR_REFERENCE,
  INSPECT_OPTIONS,
  inspectOptions,
  operandOf,
} from './artifact/options.ts'
import { type Paint, paintFor } from './artifact/paint.ts'
import { type Call, type Command, CommandError } from './command.ts'

/** Exit codes. */
const HAS_FINDINGS = 1
const COULD_NOT_READ = 2

export const lintCommand: Command = {
  name: 'lint',
  summary:
    'Checks whether runtimes will load a Wasm file or an artifact; exit code 0 if clean, 1 if refused, 2 if it could not be read',
  operands: ['FILE|REFERENCE'],
  options: INSPECT_OPTIONS,
  usesConfig: false,
  async run(call) {
    const { options, print } = call
    const report = await read(call)
    const findings = report.findings.filter(({ severity }) => severity !== 'info')
    if (options['json'] === true) print(`${JSON.stringify(report, undefined, 2)}\n`)
    else print(format(report, findings, paintFor(process.stdout)))
    return findings.length > 0 ? HAS_FINDINGS : 0
  },
}

async function read({ operands, options }: Call): Promise<WasmReport> {
  const operand = operandOf(operands, FILE_OR_REFERENCE)
  const inspectWith = inspectOptions(options)
  try {
    return await inspect(operand, inspectWith)
  } catch (error) {
    if (error instanceof CommandError || !(error instanceof Error)) throw error
    throw new CommandError(error.message, COULD_NOT_READ, error.cause)
  }
}

function format(report: WasmReport, findings: WasmReport['findings'], paint: Paint): string {
  if (findings.length === 0) return `${paint('green', 'clean')}: ${report.convention.title}\n`
  return `${findings.flatMap((finding) => formatFinding(finding, paint)).join('\n')}\n`
}
