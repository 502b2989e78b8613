import { SNIPPETS, writeSnippet } from '../wasm/snippets/snippets.ts'
import { REFERENCE, REMOTE_OPTIONS, remoteOptions, operandOf } from './artifact/options.ts'
import { readRemote } from './artifact/read-artifact.ts'
import { isLoopback, readReference } from './artifact/reference.ts'
import { RegistryClient } from './artifact/registry-client.ts'
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
    const { host, repository, name, tag } = readReference(operandOf(operands, REFERENCE))
    const { plainHttp, ...remote } = remoteOptions(options)
    const secure = !plainHttp && !isLoopback(host)
    const client = new RegistryClient(host, repository, { secure, ...remote })
    const artifact = await readRemote(client, name)
    const place = { host, secure, repository, ...(tag !== undefined && { tag }) }
    print(writeSnippet(kind, { ...artifact, ...place }))
    return 0
  },
}
