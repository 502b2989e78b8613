import { formatReport } from './artifact/format-report.ts'
import { inspect } from './artifact/inspection.ts'
import {
  FILE_OR_REFERENCE,
  INSPECT_OPTIONS,
  inspectOptions,
  operandOf,
} from './artifact/options.ts'
import { paintFor } from './artifact/paint.ts'
import type { Command } from './command.ts'

export const inspectCommand: Command = {
  name: 'inspect',
  summary: 'Describes a Wasm file or an artifact in any registry, and which runtimes load it',
  operands: ['FILE|REFERENCE'],
  options: INSPECT_OPTIONS,
  usesConfig: false,
  async run({ operands, options, print }) {
    const report = await inspect(operandOf(operands, FILE_OR_REFERENCE), inspectOptions(options))
    if (options['json'] === true) print(`${JSON.stringify(report, undefined, 2)}\n`)
    else print(formatReport(report, paintFor(process.stdout)))
    return 0
  },
}
