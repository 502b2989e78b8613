import type { BearerToken } from './bearer-tokens.ts'
import type { Principal } from './principal.ts'

/** The sender of a request. An anonymous caller has neither principal nor token. */
export interface Caller {
  readonly principal?: Principal
  /** Present if the request has a bearer token, whose scope limits it. */
  readonly token?: BearerToken
  /** Whether the token has expired: it can then only continue an upload. */
  readonly expired: boolean
}

export const ANONYMOUS: Caller = { expired: false }
