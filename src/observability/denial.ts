import type { FailureName, RegistryError } from '../oci/errors.ts'
import type { RequestDetails } from './request-observer.ts'

/**
 * Why a caller was turned away: a wrong password; a session token that is none, or whose time is over; something that it
 * may not do; guessing.
 */
export type DenialReason = 'password' | 'token' | 'denied' | 'throttled'

const REFUSALS: Partial<Record<FailureName, DenialReason>> = {
  DENIED: 'denied',
  TAG_IMMUTABLE: 'denied',
  TOO_MANY_REQUESTS: 'throttled',
}

/** Undefined for everything else; also for callers who are only asked to log in, or for a wider token. */
export function denialReason({ failure, credentials }: RequestDetails): DenialReason | undefined {
  if (failure === undefined) return undefined
  if (failure.failure !== 'UNAUTHORIZED') return REFUSALS[failure.failure]
  return isForWiderToken(failure.headers['WWW-Authenticate']) ? undefined : credentials
}

/** The rules that an artifact broke, if it is refused for what it is; each once. */
export function brokenRules(failure: RegistryError | undefined): string[] {
  const { findings = [] } = (failure?.detail ?? {}) as { findings?: readonly { rule?: unknown }[] }
  if (!Array.isArray(findings)) return []
  const rules = findings.map((finding: { rule?: unknown }) => finding.rule)
  return [...new Set(rules.filter((rule) => typeof rule === 'string'))]
}

function isForWiderToken(challenge = ''): boolean {
  return challenge.includes('error="insufficient_scope"')
}
