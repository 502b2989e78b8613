import { describe } from './artifact/describe.ts'
import { inspect } from './artifact/inspection.ts'
import { INSPECT_OPTIONS, inspectOptions, subjectOf } from './artifact/options.ts'
import { paintFor } from './artifact/paint.ts'
import type { Command } from './command.ts'

export const inspectCommand: Command = {
  name: 'inspect',
  summary: 'Says what a Wasm file or an artifact in any registry is, and who can load it',
  operands: ['FILE|REFERENCE'],
  options: INSPECT_OPTIONS,
  configured: false,
  async run({ operands, options, print }) {
    const inspection = await inspect(subjectOf(operands), inspectOptions(options))
    if (options['json'] === true) print(`${JSON.stringify(inspection, undefined, 2)}\n`)
    else print(describe(inspection, paintFor(process.stdout)))
    return 0
  },
}
