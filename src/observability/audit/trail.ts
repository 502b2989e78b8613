import { escapeControls } from '../../base/control-characters.ts'
import { brokenRules, denialReason } from '../denial.ts'
import {
  type AnsweredRequest,
  type RequestDetails,
  type RequestObserver,
  type RouteEvent,
  succeeded,
} from '../request-observer.ts'

/** The first fields of a line. */
interface AuditEvent {
  readonly event: Exclude<RouteEvent['event'], 'pull'> | 'refused'
  /** Why a request was refused. */
  readonly reason?: string
  readonly rules?: readonly string[]
}

/**
 * Records pushes, deletions, logins, operations and refusals: one JSON object a line, without
 * secrets.
 */
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
    const { repository, reference, digest, attemptedUser, client, auditDetails } = details
    // JSON leaves out fields that are undefined.
    const line = {
      time: new Date(this.#now()).toISOString(),
      ...event,
      account: request.account ?? attemptedUser,
      // Nothing proves that the client is the account it names.
      ...(request.account === undefined && attemptedUser !== undefined && { proved: false }),
      client: client ?? request.remote,
      repository,
      reference,
      digest,
      ...auditDetails,
      route: request.route,
      status: request.status,
      requestId: request.requestId,
      userAgent: request.userAgent,
    }
    this.#write(`${escapeControls(JSON.stringify(line))}\n`)
  }
}

function eventOf(request: AnsweredRequest, details: RequestDetails): AuditEvent | undefined {
  const reason = denialReason(details)
  if (reason !== undefined) return { event: 'refused', reason }
  const rules = brokenRules(details.failure)
  if (rules.length > 0) return { event: 'refused', reason: 'rule', rules }
  const { event: done } = details
  if (done === undefined || done.event === 'pull' || !succeeded(request, done)) return undefined
  return done.event === 'login' && !isLogin(request, details) ? undefined : { event: done.event }
}

/** Clients that use Basic send the password with every request. */
function isLogin({ account }: AnsweredRequest, { credentials }: RequestDetails): boolean {
  return account !== undefined && credentials === 'password'
}
