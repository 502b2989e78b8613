import type { FailureName, RegistryError } from '../oci/errors.ts'
import type { RequestDetails } from './request-observer.ts'

/**
 * Why the registry turned a caller away: a wrong password, an invalid or expired token, a missing
 * right, too many guesses.
 */
export type DenialReason = 'password' | 'token' | 'denied' | 'throttled'

const REASONS: Partial<Record<FailureName, DenialReason>> = {
  DENIED: 'denied',
  TAG_IMMUTABLE: 'denied',
  TOO_MANY_REQUESTS: 'throttled',
}

/**
 * The reason of a denial. Undefined for other failures, and for callers that are only asked to log
 * in or to fetch a wider token.
 */
export function denialReason({ failure, credentials }: RequestDetails): DenialReason | undefined {
  if (failure === undefined) return undefined
  if (failure.failure !== 'UNAUTHORIZED') return REASONS[failure.failure]
  return isForWiderToken(failure.headers['WWW-Authenticate']) ? undefined : credentials
}

/** The rules for which the gate refused an artifact, each once. */
export function brokenRules(failure: RegistryError | undefined): string[] {
  const { findings = [] } = (failure?.detail ?? {}) as { findings?: readonly { rule?: unknown }[] }
  if (!Array.isArray(findings)) return []
  const rules = findings.map((finding: { rule?: unknown }) => finding.rule)
  return [...new Set(rules.filter((rule) => typeof rule === 'string'))]
}

function isForWiderToken(challenge = ''): boolean {
  return challenge.includes('error="insufficient_scope"')
}
