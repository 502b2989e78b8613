import { type ActionSet, ALL, NONE, PULL } from './actions.ts'
import type { Matcher } from '../base/patterns.ts'
import type { AccessRules } from './rules.ts'

/** What an account is limited to by the file that it comes from. */
export interface AccountLimits {
  /** From a dockerconfigjson: pulls always, more only by a rule. */
  readonly puller?: boolean
  /** Repository prefixes, by whole segments. */
  readonly prefixes?: readonly string[]
}

/** Somebody whose credential was checked, and what that credential is limited to beside the access rules. */
export interface Principal extends AccountLimits {
  readonly name: string
  /** Changes when the password does; names the access token where it is one. Part of session tokens, so no secret. */
  readonly credential: string
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
  if (principal.admin) return ALL
  const { limit } = principal
  const granted = grantedActions(rules, principal, repository)
  if (limit === undefined) return granted
  return limit.matches(repository) ? granted & limit.actions : NONE
}

/** Operator routes are for whole accounts: neither for access tokens nor for an account limited to a part of the registry. */
export function isOperator(rules: AccessRules, principal: Principal | undefined): boolean {
  if (principal === undefined) return false
  const { name, admin = false, limit, prefixes } = principal
  return admin || (limit === undefined && prefixes === undefined && rules.isAdmin(name))
}

function grantedActions(
  rules: AccessRules,
  { name, puller, prefixes }: Principal,
  repository: string,
): ActionSet {
  if (prefixes && !prefixes.some((prefix) => isWithin(repository, prefix)))
    return rules.actions(repository, undefined)
  if (!puller) return rules.actions(repository, name)
  return PULL | (rules.present ? rules.actions(repository, name) : NONE)
}

function isWithin(repository: string, prefix: string): boolean {
  return repository === prefix || repository.startsWith(`${prefix}/`)
}
