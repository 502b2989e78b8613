import { resolve } from 'node:path'
import type { BackupStatus } from '../api/operations.ts'
import { inBytes } from './bytes.ts'
import { UsageError, type Call, type Command } from './command.ts'
import { OperatorClient } from './operator-client.ts'
import { watchWork } from './follow-status.ts'

const PATH = '/v2/_wasmoor/backup'

export const backupCommand: Command = {
  name: 'backup',
  summary: 'Copies the registry of the running server to a new directory; exit code 1 if not whole',
  operands: ['DIR', '[config.yaml]'],
  options: {},
  configured: true,
  async run({ operands: [directory], loadConfig, print }) {
    if (directory === undefined) {
      throw new UsageError('say where to: a directory that is not there yet, or empty')
    }
    const operator = new OperatorClient(loadConfig())
    const work = { path: PATH, body: JSON.stringify({ directory: resolve(directory) }) }
    const status = await watchWork<BackupStatus>(operator, work, { print, progress: told })
    return report(status, print)
  },
}

function report(status: BackupStatus, print: Call['print']): number {
  if (status.state === 'failed') throw new Error(`no backup was made: ${status.reason}`)
  print(`${told(status)} are in ${status.directory}\n`)
  const { damaged } = status.progress
  if (damaged === 0) return 0
  print(
    `${damaged} blobs are damaged in the registry itself and are not in it: its log names them\n`,
  )
  return 1
}

function told({ progress: { rows, blobs, bytes, copied } }: BackupStatus): string {
  const how = copied === 0 ? 'linked' : copied === blobs ? 'copied' : `${copied} of them copied`
  return `${rows} rows of the index and ${blobs} blobs (${inBytes(bytes)}, ${how})`
}
