import { type ActionSet, ALL, NONE } from './actions.ts'
import type { Caller } from './caller.ts'
import { allowedActions, isOperator, mayPullSome } from './principal.ts'
import type { AccessRules } from './rules.ts'

/**
 * Decides what a caller may do, by the access rules, its account's limits and its token's scope.
 */
export class Authorizer {
  readonly #rules: AccessRules
  /** Whether no accounts and tokens are configured: everybody may do everything but operate. */
  readonly open: boolean

  constructor(rules: AccessRules, open: boolean) {
    this.#rules = rules
    this.open = open
  }

  /** Whether anonymous callers may pull from any repository at all. */
  get anonymousPull(): boolean {
    return this.open || this.#rules.anonymousPull
  }

  /** The actions of a caller in a repository, limited by the scope of its token. */
  actions(caller: Caller, repository: string): ActionSet {
    const allowed = this.possibleActions(caller, repository)
    const { token } = caller
    if (token === undefined || token.signedInAt !== undefined) return allowed
    return allowed & (token.scope.get(repository) ?? NONE)
  }

  /** The actions that a caller would have in a repository with a wider token. */
  possibleActions({ principal }: Caller, repository: string): ActionSet {
    return this.open ? ALL : allowedActions(this.#rules, principal, repository)
  }

  /**
   * Whether there can be a repository, with a name that begins with `head`, from which a caller
   * could pull with a wider token. True in doubt.
   */
  couldPullSome({ principal }: Caller, head: string): boolean {
    return this.open || mayPullSome(this.#rules, principal, head)
  }

  /** Whether a caller may use the operator routes, limited by the scope of its token. */
  mayOperate(caller: Caller): boolean {
    return this.couldOperate(caller) && caller.token?.operate !== false
  }

  /** Whether a caller could use the operator routes with a wider token. */
  couldOperate({ principal }: Caller): boolean {
    return isOperator(this.#rules, principal)
  }
}
