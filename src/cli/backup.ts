import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { inBytes } from './bytes.ts'
import { UsageError, type Call, type Command } from './command.ts'
import { OperatorClient, read } from './operator-client.ts'

const PATH = '/v2/_wasmoor/backup'
/** Milliseconds between two looks at how far it is, and between two lines that say so. */
const LOOK = 250
const SAY = 5_000

interface Status {
  readonly state: 'none' | 'running' | 'finished' | 'failed'
  readonly directory?: string
  readonly startedAt?: number
  readonly progress?: { readonly rows: number; readonly blobs: number; readonly bytes: number } & {
    readonly copied: number
    readonly damaged: number
  }
  readonly reason?: string
}

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
    const body = JSON.stringify({ directory: resolve(directory) })
    const begun = await operator.ask({ method: 'POST', path: PATH, body }, 202)
    return report(await untilEnded(operator, read(begun) as Status, print), print)
  },
}

/** The server goes on if this process is ended. */
async function untilEnded(
  operator: OperatorClient,
  begun: Status,
  print: Call['print'],
): Promise<Status> {
  let said = Date.now()
  for (let status = begun; ; status = read(await operator.ask({ path: PATH }, 200)) as Status) {
    if (status.startedAt !== begun.startedAt)
      throw new Error('the server was started anew: this backup was not finished')
    if (status.state !== 'running') return status
    if (Date.now() - said >= SAY) {
      print(`${told(status)} so far\n`)
      said = Date.now()
    }
    await sleep(LOOK)
  }
}

function report(status: Status, print: Call['print']): number {
  if (status.state === 'failed') throw new Error(`no backup was made: ${status.reason}`)
  print(`${told(status)} are in ${status.directory}\n`)
  const { damaged = 0 } = status.progress ?? {}
  if (damaged === 0) return 0
  print(
    `${damaged} blobs are damaged in the registry itself and are not in it: its log names them\n`,
  )
  return 1
}

function told({ progress }: Status): string {
  const { rows = 0, blobs = 0, bytes = 0, copied = 0 } = progress ?? {}
  const how = copied === 0 ? 'linked' : copied === blobs ? 'copied' : `${copied} of them copied`
  return `${rows} rows of the index and ${blobs} blobs (${inBytes(bytes)}, ${how})`
}
