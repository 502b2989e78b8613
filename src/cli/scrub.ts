import type { ScrubStatus } from '../api/operations.ts'
import type { Command } from './command.ts'
import { followStatus, type Operation, printResult } from './follow-status.ts'
import { formatBytes } from './format-bytes.ts'
import { OperatorClient } from './operator-client.ts'

const SCRUB: Operation<ScrubStatus> = {
  name: 'the scrub',
  path: '/v2/_wasmoor/scrub',
  format: formatStatus,
}

export const scrubCommand: Command = {
  name: 'scrub',
  summary:
    'Verifies all content of the running server against its digests; exit code 1 if some is damaged',
  operands: ['[config.yaml]'],
  options: {},
  usesConfig: true,
  async run({ loadConfig, print }) {
    const status = await followStatus(new OperatorClient(loadConfig()), SCRUB, print)
    for (const { kind, name, what } of status.findings) print(`${kind} ${name} ${what}\n`)
    printResult(SCRUB, status, print)
    if (status.damaged > 0) print('damaged content is no longer served: push it again\n')
    return status.damaged + status.unreadable > 0 ? 1 : 0
  },
}

function formatStatus(status: ScrubStatus): string {
  const { blobs, manifests, bytes, damaged, unreadable, orphans } = status
  return `verified ${blobs} blobs and ${manifests} manifests (${formatBytes(bytes)}): ${damaged} damaged, ${unreadable} unreadable, ${orphans} orphaned files`
}
