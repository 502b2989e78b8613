import { setTimeout as sleep } from 'node:timers/promises'
import type { OperationStatus } from '../api/operations.ts'
import type { Call } from './command.ts'
import { type OperatorClient, parseJson } from './operator-client.ts'

/** Milliseconds between two requests for the status. */
const POLL_INTERVAL = 200
/** Milliseconds between two lines of progress. */
const PROGRESS_INTERVAL = 5_000

/** An operation in the background of the server, as a command runs it. */
export interface Operation<Status> {
  /** The subject of a sentence: `the scrub`. */
  readonly name: string
  readonly path: string
  /** Of the request that starts it. */
  readonly request?: object
  /** One line, for progress and for the result. */
  readonly format: (status: Status) => string
}

/**
 * Starts an operation on the running server, or joins the one that is running, and prints its
 * progress until it ends. The operation continues if this process is ended.
 * @throws Error if another operation has started in the meantime
 */
export async function followStatus<Status extends OperationStatus>(
  operator: OperatorClient,
  { name, path, request, format }: Operation<Status>,
  print: Call['print'],
): Promise<Status> {
  const body = request && JSON.stringify(request)
  const started = parseJson(await operator.request({ method: 'POST', path, body }, 202)) as Status
  let printedAt = Date.now()
  for (let status = started; ; status = await readStatus(operator, path)) {
    if (status.startedAt !== started.startedAt)
      throw new Error(`${name} was started again by someone else: run this command again`)
    if (status.state !== 'running') return status
    if (Date.now() - printedAt >= PROGRESS_INTERVAL) {
      print(`${format(status)} so far\n`)
      printedAt = Date.now()
    }
    await sleep(POLL_INTERVAL)
  }
}

/**
 * Prints the result of an operation that has ended, unless it has failed.
 * @throws Error unless it has finished
 */
export function printResult<Status extends OperationStatus>(
  { name, format }: Operation<Status>,
  status: Status,
  print: Call['print'],
): void {
  if (status.state !== 'failed') print(`${format(status)}\n`)
  if (status.state !== 'finished')
    throw new Error(`${name} ${STATES[status.state]}: ${status.reason}`)
}

/** The predicate of a sentence for each state but "finished". */
const STATES: Readonly<Record<string, string>> = {
  failed: 'has failed',
  paused: 'is paused',
  stopped: 'was stopped',
}

async function readStatus<Status>(operator: OperatorClient, path: string): Promise<Status> {
  return parseJson(await operator.request({ path }, 200)) as Status
}
