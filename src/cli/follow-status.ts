import { setTimeout as sleep } from 'node:timers/promises'
import type { OperationStatus } from '../api/operations.ts'
import type { Call } from './command.ts'
import { type OperatorClient, read } from './operator-client.ts'

/** Milliseconds between two looks at how far it is, and between two lines that say so. */
const LOOK = 200
const SAY = 5_000

/**
 * Begins work of the running server, or joins it, and waits until it ends. The server goes on if this process is ended.
 * Throws Error where the server was started anew in between.
 */
export async function watchWork<Status extends OperationStatus>(
  operator: OperatorClient,
  { path, body }: { path: string; body?: string },
  { print, progress }: { print: Call['print']; progress: (status: Status) => string },
): Promise<Status> {
  const begun = read(
    await operator.ask({ method: 'POST', path, ...(body !== undefined && { body }) }, 202),
  ) as Status
  let said = Date.now()
  for (let status = begun; ; status = read(await operator.ask({ path }, 200)) as Status) {
    if (status.startedAt !== begun.startedAt)
      throw new Error('another one was begun in the meantime: ask again')
    if (status.state !== 'running') return status
    if (Date.now() - said >= SAY) {
      print(`${progress(status)} so far\n`)
      said = Date.now()
    }
    await sleep(LOOK)
  }
}
