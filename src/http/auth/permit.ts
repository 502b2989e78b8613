import type { RouterContext } from '@koa/router'
import type { Action } from '../../api/actions.ts'
import { actionNames, includes, PULL } from '../../auth/actions.ts'
import type { Authenticator } from '../../auth/authenticator.ts'
import type { Authorizer } from '../../auth/authorizer.ts'
import type { Caller } from '../../auth/caller.ts'
import type { Scope } from '../../auth/scopes.ts'
import type { RegistryError } from '../../oci/errors.ts'

/** The rights of a caller that passed the guard. */
export interface Permit {
  /** The account; empty for callers without one. */
  readonly owner: string
  readonly mayPull: (repository: string) => boolean
  /** The actions that the caller may do in a repository with its credentials. */
  readonly actions: (repository: string) => readonly Action[]
  /** Whether the caller could pull with a wider token. */
  readonly couldPull: (repository: string) => boolean
  /** Whether the caller could pull from some repository whose name begins so. True in doubt. */
  readonly couldPullSome: (head: string) => boolean
  /** The failure that asks the client to fetch a token with these scopes. */
  widerToken(scopes: readonly Scope[]): RegistryError
}

export interface Guards {
  readonly authenticator: Authenticator
  readonly authorizer: Authorizer
}

/** The permit of a caller, for the request of this context. */
export function permitFor(
  caller: Caller,
  ctx: RouterContext,
  { authenticator, authorizer }: Guards,
): Permit {
  return {
    owner: caller.principal?.name ?? '',
    mayPull: (repository) => includes(authorizer.actions(caller, repository), PULL),
    actions: (repository) => actionNames(authorizer.actions(caller, repository)),
    couldPull: (repository) => includes(authorizer.possibleActions(caller, repository), PULL),
    couldPullSome: (head) => authorizer.couldPullSome(caller, head),
    widerToken: (scopes) => authenticator.unauthorizedError(ctx.req, scopes, 'insufficient_scope'),
  }
}
