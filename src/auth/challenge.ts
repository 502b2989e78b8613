import { type Scope, writeScope } from './scopes.ts'

export type ChallengeKind = 'bearer' | 'basic'

export interface Challenge {
  readonly kind: ChallengeKind
  /** Where the registry is for this client, without a slash at its end. */
  readonly base: string
  readonly service: string
  /** All scopes that the request needs. */
  readonly scopes: readonly Scope[]
  readonly error?: 'invalid_token' | 'insufficient_scope'
}

/**
 * `WWW-Authenticate` (RFC 9110, section 11.6.1; RFC 6750, section 3). The realm of Basic is not quoted, though it might
 * be: Istio takes a quoted one for an address, and refuses it.
 */
export function challengeHeader({ kind, base, service, scopes, error }: Challenge): string {
  if (kind === 'basic') return 'Basic realm=wasmoor'
  const parameters = [
    `realm="${base}/token"`,
    `service="${service}"`,
    ...(scopes.length > 0 ? [`scope="${scopes.map(writeScope).join(' ')}"`] : []),
    ...(error ? [`error="${error}"`] : []),
  ]
  return `Bearer ${parameters.join(',')}`
}
