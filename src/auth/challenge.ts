import { RegistryError } from '../oci/errors.ts'
import { type Scope, formatScope } from './scopes.ts'

export type ChallengeKind = 'bearer' | 'basic'

/** RFC 6750, section 3.1. */
export type ChallengeError = 'invalid_token' | 'insufficient_scope'

export interface Challenge {
  readonly kind: ChallengeKind
  /** The URL by which this client reaches the registry, without a slash at its end. */
  readonly base: string
  readonly service: string
  /** All scopes that the request needs. */
  readonly scopes: readonly Scope[]
  readonly error?: ChallengeError | undefined
}

/** The failure that asks a client for other credentials. */
export function unauthorizedError(challenge: Challenge): RegistryError {
  const headers = { 'WWW-Authenticate': challengeHeader(challenge) }
  return new RegistryError('UNAUTHORIZED', MESSAGES[challenge.error ?? 'login'], { headers })
}

const MESSAGES: Readonly<Record<ChallengeError | 'login', string>> = {
  insufficient_scope: 'the token does not cover this: fetch one with the scopes of the challenge',
  invalid_token: 'the token is invalid here or has expired: fetch a new one',
  login: 'the user name or password is missing or wrong: log in',
}

/**
 * `WWW-Authenticate` (RFC 9110, section 11.6.1; RFC 6750, section 3). The realm of Basic is not
 * quoted, although it could be: Istio takes a quoted realm for an address, and rejects it.
 */
function challengeHeader({ kind, base, service, scopes, error }: Challenge): string {
  if (kind === 'basic') return 'Basic realm=wasmoor'
  const parameters = [
    `realm="${base}/token"`,
    `service="${service}"`,
    ...(scopes.length > 0 ? [`scope="${scopes.map(formatScope).join(' ')}"`] : []),
    ...(error ? [`error="${error}"`] : []),
  ]
  return `Bearer ${parameters.join(',')}`
}
