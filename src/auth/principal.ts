import { type ActionSet, ALL, NONE, PULL } from './actions.ts'
import type { Matcher } from '../registry/patterns.ts'
import type { AccessRules } from './rules.ts'

/** Somebody whose credential was checked, and what that credential is limited to beside the access rules. */
export interface Principal {
  readonly name: string
  /** Changes when the password does; names the access token where it is one. Part of session tokens, so no secret. */
  readonly credential: string
  /** From a dockerconfigjson: pulls always, more only by a rule. */
  readonly puller?: boolean
  /** Repository prefixes, by whole segments. */
  readonly prefixes?: readonly string[]
  /** What an access token was made for. */
  readonly limit?: { readonly matches: Matcher; readonly actions: ActionSet }
  /** Holds the installation's admin key. */
  readonly admin?: boolean
}

/** What the access rules and the credential's own limits leave in a repository; undefined is a caller without credentials. */
export function allowedActions(
  rules: AccessRules,
  principal: Principal | undefined,
  repository: string,
): ActionSet {
  if (principal === undefined) return rules.actions(repository, undefined)
  const { name, puller, prefixes, limit, admin } = principal
  if (admin) return ALL
  if (prefixes && !prefixes.some((prefix) => isWithin(repository, prefix)))
    return rules.actions(repository, undefined)
  const granted = puller
    ? PULL | (rules.present ? rules.actions(repository, name) : NONE)
    : rules.actions(repository, name)
  if (limit === undefined) return granted
  return limit.matches(repository) ? granted & limit.actions : NONE
}

function isWithin(repository: string, prefix: string): boolean {
  return repository === prefix || repository.startsWith(`${prefix}/`)
}
