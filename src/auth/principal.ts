import { type ActionSet, ALL, NONE, PULL } from './actions.ts'
import type { Patterns } from '../base/patterns.ts'
import type { AccessRules } from './rules.ts'

/** The limits of an account by the file that it is in. */
export interface AccountLimits {
  /** In a dockerconfigjson: it can always pull, and do more only by an access rule. */
  readonly puller?: boolean
  /** Repository prefixes, in whole path segments; absent for all repositories. */
  readonly prefixes?: readonly string[]
}

/** An authenticated account or access token, with its limits in addition to the access rules. */
export interface Principal extends AccountLimits {
  readonly name: string
  /**
   * A fingerprint of the password, or the id of the access token. It is part of bearer tokens, so
   * it is not secret, and they become invalid when the password changes.
   */
  readonly credential: string
  /** The limits of an access token. */
  readonly limit?: { readonly repositories: Patterns; readonly actions: ActionSet }
  /** Whether the credential is the admin key. */
  readonly admin?: boolean
}

/**
 * The actions in a repository that the access rules and the limits of a principal allow.
 * @param principal undefined for an anonymous caller
 */
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
  return limit.repositories.matches(repository) ? granted & limit.actions : NONE
}

/**
 * Whether there can be a repository, with a name that begins with `head`, from which a principal
 * may pull. True in doubt.
 */
export function mayPullSome(
  rules: AccessRules,
  principal: Principal | undefined,
  head: string,
): boolean {
  if (principal === undefined) return rules.mayPullSome(head, undefined)
  const { name, admin, puller, prefixes, limit } = principal
  if (admin) return true
  if (limit && !limit.repositories.matchesSomeWith(head)) return false
  if (prefixes && !prefixes.some((prefix) => overlap(head, `${prefix}/`)))
    return rules.mayPullSome(head, undefined)
  return puller === true || rules.mayPullSome(head, name)
}

/**
 * Whether a principal may use the operator routes: access tokens and accounts with prefixes may
 * not.
 */
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

/** Whether some name can have both beginnings; that of a prefix includes its own name. */
function overlap(head: string, prefix: string): boolean {
  return head.startsWith(prefix) || prefix.startsWith(head)
}

function isWithin(repository: string, prefix: string): boolean {
  return repository === prefix || repository.startsWith(`${prefix}/`)
}
