import type { AnsweredRequest, RequestDetails, RequestObserver } from '../request-observer.ts'
import { brokenRules, denialReason } from '../denial.ts'

/** What somebody did, or was not let do. */
interface Event {
  readonly event: 'push' | 'delete' | 'login' | 'refused' | 'operation'
  /** Of a refusal. */
  readonly reason?: string
  readonly rules?: readonly string[]
}

const PUSH: Event = { event: 'push' }
const DELETE: Event = { event: 'delete' }
const LOGIN: Event = { event: 'login' }
const OPERATION: Event = { event: 'operation' }

/** By route, where that tells by itself what was done. */
const CHANGES: Partial<
  Record<string, { readonly done: readonly number[]; readonly event: Event }>
> = {
  'end-4': { done: [201], event: PUSH },
  'end-6': { done: [201], event: PUSH },
  'end-7': { done: [201], event: PUSH },
  layout: { done: [200, 201], event: PUSH },
  'end-9': { done: [202], event: DELETE },
  'end-10': { done: [202], event: DELETE },
}
/** Where a password is sent in order to log in: clients that are asked for Basic send it with everything else, too. */
const LOGINS = new Set(['token', 'token-post', 'end-1'])
/** Also of absolute targets (RFC 9112, section 3.2.2). */
const OPERATOR_ROUTES = /^(?:[a-z]+:\/\/[^/?#]*)?\/v2\/_wasmoor\//i
const READING = new Set(['GET', 'HEAD'])

/** Who pushed, deleted, logged in, operated the registry or was refused: one JSON object a line, without secrets. */
export class AuditTrail implements RequestObserver {
  readonly #write: (line: string) => void
  readonly #now: () => number

  constructor(write: (line: string) => void, now: () => number) {
    this.#write = write
    this.#now = now
  }

  answered(request: AnsweredRequest, details: RequestDetails): void {
    const event = eventOf(request, details)
    if (event === undefined) return
    const {
      repository,
      reference,
      digest,
      attemptedUser: claimed,
      client,
      auditDetails: particulars,
    } = details
    const account = request.account ?? claimed
    // JSON leaves out what is undefined.
    const line = {
      time: new Date(this.#now()).toISOString(),
      ...event,
      account,
      // Whose name it is has not been proved.
      ...(request.account === undefined && claimed !== undefined && { proved: false }),
      client: client ?? request.remote,
      repository,
      reference,
      digest,
      ...particulars,
      route: request.route,
      status: request.status,
      requestId: request.requestId,
      userAgent: request.userAgent,
    }
    this.#write(`${JSON.stringify(line)}\n`)
  }
}

function eventOf(request: AnsweredRequest, details: RequestDetails): Event | undefined {
  const { route, status, account, method = '', url } = request
  const reason = denialReason(details)
  if (reason !== undefined) return { event: 'refused', reason }
  const rules = brokenRules(details.failure)
  if (rules.length > 0) return { event: 'refused', reason: 'rule', rules }
  if (status >= 300) return undefined
  const change = CHANGES[route]
  if (change) return change.done.includes(status) ? change.event : undefined
  if (LOGINS.has(route)) {
    return account !== undefined && details.credentials === 'password' ? LOGIN : undefined
  }
  return OPERATOR_ROUTES.test(url) && !READING.has(method) ? OPERATION : undefined
}
