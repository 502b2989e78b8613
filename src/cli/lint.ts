import { formatFindings } from './artifact/describe.ts'
import type { WasmReport } from '../wasm/report/report.ts'
import { inspect } from './artifact/inspection.ts'
import { INSPECT_OPTIONS, inspectOptions, subjectOf } from './artifact/options.ts'
import { type Paint, paintFor } from './artifact/paint.ts'
import { type Call, type Command, CommandError } from './command.ts'

const FOUND = 1
const COULD_NOT_LOOK = 2

export const lintCommand: Command = {
  name: 'lint',
  summary:
    'Checks whether a Wasm file or an artifact will be loaded; exit code 0 clean, 1 refused, 2 could not look',
  operands: ['FILE|REFERENCE'],
  options: INSPECT_OPTIONS,
  configured: false,
  async run(call) {
    const { options, print } = call
    const inspection = await look(call)
    const wrong = inspection.findings.filter(({ severity }) => severity !== 'info')
    if (options['json'] === true) print(`${JSON.stringify(inspection, undefined, 2)}\n`)
    else print(report(inspection, wrong, paintFor(process.stdout)))
    return wrong.length > 0 ? FOUND : 0
  },
}

async function look({ operands, options }: Call): Promise<WasmReport> {
  const [subject, chosen] = [subjectOf(operands), inspectOptions(options)]
  try {
    return await inspect(subject, chosen)
  } catch (error) {
    if (error instanceof CommandError || !(error instanceof Error)) throw error
    throw new CommandError(error.message, COULD_NOT_LOOK, error.cause)
  }
}

function report(inspection: WasmReport, wrong: WasmReport['findings'], paint: Paint): string {
  if (wrong.length > 0)
    return `${wrong.flatMap((finding) => formatFindings(finding, paint)).join('\n')}\n`
  return `${paint('green', 'clean')}: ${inspection.convention.title}\n`
}
