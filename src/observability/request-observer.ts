import type { RegistryError } from '../oci/errors.ts'

/** The meaning of a successful request of a route. */
export interface RouteEvent {
  readonly event: 'pull' | 'push' | 'delete' | 'login' | 'operation'
  /** The kind of content that metrics count; absent where they count nothing. */
  readonly kind?: 'manifest' | 'blob'
  /** The only status with this meaning; absent if every status below 300 has it. */
  readonly status?: number
}

/** An answered request, or one whose client left: the fields of its line in the access log. */
export interface AnsweredRequest {
  readonly requestId: string
  readonly remote: string | undefined
  readonly method: string | undefined
  readonly url: string
  /** Id of the row in the routes table; `-` where no row matches. */
  readonly route: string
  readonly account?: string
  readonly status: number
  /** Bytes of the answer's body. */
  readonly bytes: number
  readonly milliseconds: number
  readonly userAgent: string | undefined
  readonly aborted?: boolean
}

/** Further facts about a request, for the audit log and the metrics. */
export interface RequestDetails {
  /** The event that the route stands for. */
  readonly event?: RouteEvent | undefined
  readonly repository?: string | undefined
  /** Tag or digest, as the client wrote it. */
  readonly reference?: string | undefined
  readonly digest?: string | undefined
  /** Bytes of the request's body that were read. */
  readonly received?: number
  readonly failure?: RegistryError | undefined
  /** The kind of credentials that the client sent. */
  readonly credentials?: 'password' | 'token' | undefined
  /** The existing account for which a wrong password was sent. */
  readonly attemptedUser?: string | undefined
  /** Address of the client, behind trusted proxies. */
  readonly client?: string
  /** Further fields of the line in the audit log. */
  readonly auditDetails?: Readonly<Record<string, unknown>> | undefined
}

/** Is notified once of every request. */
export interface RequestObserver {
  answered(request: AnsweredRequest, details: RequestDetails): void
}

/** Whether the request had the outcome that its event stands for. */
export function succeeded({ status }: AnsweredRequest, event: RouteEvent): boolean {
  return event.status === undefined ? status < 300 : status === event.status
}
