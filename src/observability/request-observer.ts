import type { RegistryError } from '../oci/errors.ts'

/** A request whose answer is out, or whose client is gone: the fields of its access line. */
export interface AnsweredRequest {
  readonly requestId: string
  readonly remote: string | undefined
  readonly method: string | undefined
  readonly url: string
  /** Id in the routes table; `-` for none. */
  readonly route: string
  readonly account?: string
  readonly status: number
  /** Of the answer's body. */
  readonly bytes: number
  readonly milliseconds: number
  readonly userAgent: string | undefined
  readonly aborted?: boolean
}

/** What more its handling found out. */
export interface RequestDetails {
  readonly repository?: string | undefined
  /** Tag or digest, as it was asked for. */
  readonly reference?: string | undefined
  readonly digest?: string | undefined
  /** Bytes of the request's body that were taken. */
  readonly received?: number
  readonly failure?: RegistryError | undefined
  /** How it said who it is, if it did. */
  readonly credentials?: 'password' | 'token' | undefined
  /** The account that a wrong password was sent for, if there is such an account. */
  readonly attemptedUser?: string | undefined
  /** Address of the client, behind proxies that are trusted. */
  readonly client?: string
  /** What else is worth keeping of what was done. */
  readonly auditDetails?: Readonly<Record<string, unknown>> | undefined
}

/** Told of every request, once. */
export interface RequestObserver {
  answered(request: AnsweredRequest, details: RequestDetails): void
}
