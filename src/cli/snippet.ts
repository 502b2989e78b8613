import { SNIPPETS, writeSnippet } from '../wasm/snippets/snippets.ts'
import { REFERENCE, REMOTE_OPTIONS, remoteOptions, operandOf } from './artifact/options.ts'
import { readRemote } from './artifact/read-artifact.ts'
import { type Command, UsageError } from './command.ts'
import { textOf } from './option-values.ts'

export const snippetCommand: Command = {
  name: 'snippet',
  summary: 'Prints deployment YAML or commands for an artifact in any registry',
  operands: ['REFERENCE'],
  options: {
    for: {
      type: 'string',
      description: `Runtime or tool that the snippet is for: ${SNIPPETS.join(', ')}.`,
    },
    ...REMOTE_OPTIONS,
  },
  usesConfig: false,
  async run({ operands, options, print }) {
    const kind = SNIPPETS.find((known) => known === textOf(options, 'for'))
    if (!kind) throw new UsageError(`missing or unknown --for: use ${SNIPPETS.join(', ')}`)
    const { location, ...artifact } = await readRemote(
      operandOf(operands, REFERENCE),
      remoteOptions(options),
    )
    print(writeSnippet(kind, { ...artifact, ...location }))
    return 0
  },
}
