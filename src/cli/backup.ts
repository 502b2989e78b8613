import { resolve } from 'node:path'
import type { BackupStatus } from '../api/operations.ts'
import { UsageError, type Command } from './command.ts'
import { followStatus, type Operation, printResult } from './follow-status.ts'
import { formatBytes } from './format-bytes.ts'
import { OperatorClient } from './operator-client.ts'

export const backupCommand: Command = {
  name: 'backup',
  summary: 'Copies the running registry to a new directory; exit code 1 if the copy is incomplete',
  operands: ['DIR', '[config.yaml]'],
  options: {},
  usesConfig: true,
  async run({ operands: [directory], loadConfig, print }) {
    if (directory === undefined) {
      throw new UsageError('missing argument: DIR, a directory that is new or empty')
    }
    const operation: Operation<BackupStatus> = {
      name: 'the backup',
      path: '/v2/_wasmoor/backup',
      request: { directory: resolve(directory) },
      format: formatStatus,
    }
    const status = await followStatus(new OperatorClient(loadConfig()), operation, print)
    printResult(operation, status, print)
    const { damaged } = status.progress
    if (damaged === 0) return 0
    print(`left out ${damaged} blobs that are damaged in the registry: see the server log\n`)
    return 1
  },
}

function formatStatus({ directory, progress }: BackupStatus): string {
  const { rows, blobs, bytes, copied } = progress
  const how = copied === 0 ? 'linked' : copied === blobs ? 'copied' : `${copied} of them copied`
  return `saved ${rows} index rows and ${blobs} blobs (${formatBytes(bytes)}, ${how}) in ${directory}`
}
