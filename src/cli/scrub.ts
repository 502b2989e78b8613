import type { ScrubStatus } from '../api/operations.ts'
import { inBytes } from './bytes.ts'
import type { Command } from './command.ts'
import { OperatorClient } from './operator-client.ts'
import { watchWork } from './follow-status.ts'

export const scrubCommand: Command = {
  name: 'scrub',
  summary:
    'Has the running server read all it stores and compare it with its digests; exit code 1 if something is damaged',
  operands: ['[config.yaml]'],
  options: {},
  configured: true,
  async run({ loadConfig, print }) {
    const operator = new OperatorClient(loadConfig())
    const work = { path: '/v2/_wasmoor/scrub' }
    const status = await watchWork<ScrubStatus>(operator, work, { print, progress: told })
    for (const { kind, name, what } of status.findings) print(`${kind} ${name} ${what}\n`)
    print(`${told(status)}\n`)
    if (status.state !== 'finished')
      throw new Error(`the scrub is ${status.state}: ${status.reason}`)
    if (status.damaged > 0) print('what is damaged is no longer served: push it again\n')
    return status.damaged + status.unreadable > 0 ? 1 : 0
  },
}

function told({ blobs, manifests, bytes, damaged, unreadable, strays }: ScrubStatus): string {
  return `read ${blobs} blobs and ${manifests} manifests (${inBytes(bytes)}): ${damaged} damaged, ${unreadable} unreadable, ${strays} files without an entry`
}
