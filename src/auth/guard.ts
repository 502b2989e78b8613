import type { IncomingMessage } from 'node:http'
import type { RouterContext } from '@koa/router'
import type { Next } from 'koa'
import { RegistryError } from '../oci/errors.ts'
import { type ActionSet, actionNames, DELETE, includes, PULL, PUSH } from './actions.ts'
import type { Caller, Door } from './door.ts'
import { CATALOG, repositoryScope, type Scope } from './scopes.ts'

/**
 * What a route asks of its caller: nothing (`open`); to be known (`ping`); an action in the repository of the address;
 * `session`, to push and to have opened the upload; `catalog`, to see what it may pull; `admin`, to operate the registry.
 */
export type Access = 'open' | 'ping' | 'pull' | 'push' | 'delete' | 'session' | 'catalog' | 'admin'

/** A caller that passed the guard, as handlers see it. */
export interface Permit {
  /** The account; empty for callers without one. */
  readonly owner: string
  readonly mayPull: (repository: string) => boolean
  /** Whether a wider token would let the caller pull. */
  readonly couldPull: (repository: string) => boolean
  /** The failure that asks the client for a token with these scopes. */
  widerToken(scopes: readonly Scope[]): RegistryError
}

/** When an upload session was opened, and by whom. */
export interface SessionOwner {
  readonly repository: string
  readonly owner: string
  readonly startedAt: number
}

export interface GuardOptions {
  readonly door: Door
  readonly sessionOf: (id: string) => Promise<SessionOwner | undefined>
  /** How long after its opening a session may be gone on with by an expired token. Milliseconds. */
  readonly sessionAge: number
  readonly now: () => number
}

/** Clients ask for pull with push, as the scopes of all registries do. */
const NEEDED: Readonly<Record<'pull' | 'push' | 'delete' | 'session', ActionSet>> = {
  pull: PULL,
  push: PUSH,
  delete: DELETE,
  session: PUSH,
}

/** Lets a request pass to its handler, or throws: 401 where other credentials would help, 403 where none of this caller would. */
export function guard(
  access: Access,
  options: GuardOptions,
): (ctx: RouterContext, next: Next) => Promise<void> {
  const { door } = options
  return async (ctx, next) => {
    if (access !== 'open') {
      const caller = await door.authenticate(ctx.req)
      ctx.state['account'] = caller.principal?.name
      await admit(access, caller, ctx, options)
      ctx.state['permit'] = permit(caller, ctx, door)
    }
    await next()
  }
}

/**
 * Who pulls from a repository, if that can be said without checking a password and the caller may: for answers in front of
 * Koa. Undefined leaves the request to the guard.
 */
export async function pullsQuickly(
  door: Door,
  request: IncomingMessage,
  name: string,
): Promise<{ account?: string } | undefined> {
  if (door.open) return {}
  if (!door.isQuick(request)) return undefined
  const caller = await door.authenticate(request)
  if (caller.expired || !includes(door.actions(caller, name), PULL)) return undefined
  return caller.principal ? { account: caller.principal.name } : {}
}

export function permitOf(ctx: RouterContext): Permit {
  return ctx.state['permit'] as Permit
}

async function admit(
  access: Exclude<Access, 'open'>,
  caller: Caller,
  ctx: RouterContext,
  options: GuardOptions,
): Promise<void> {
  const { door } = options
  if (access === 'admin') {
    admitOperator(caller, door)
    return
  }
  if (door.open) return
  const { name = '', id = '' } = ctx.params as { name?: string; id?: string }
  const session = access === 'session' ? await options.sessionOf(id) : undefined
  const isOwn = session !== undefined && opened(session, name, caller)
  if (caller.expired && !(isOwn && session.startedAt + options.sessionAge > options.now())) {
    throw door.challenge(ctx.req, scopesOf(access, name), 'invalid_token')
  }
  if (access === 'ping') admitKnown(caller, ctx, door)
  else if (access === 'catalog') admitToCatalog(caller, ctx, door)
  else admitTo(name, NEEDED[access], caller, ctx, door)
  if (session && !isOwn) throw new RegistryError('BLOB_UPLOAD_UNKNOWN')
}

function opened({ repository, owner }: SessionOwner, name: string, { principal }: Caller): boolean {
  return repository === name && owner === (principal?.name ?? '')
}

function admitOperator(caller: Caller, door: Door): void {
  if (door.isAdmin(caller) && !caller.expired) return
  throw new RegistryError(
    'DENIED',
    'this takes an account with the admin action, or the admin key of the data directory',
  )
}

/** Also where callers without credentials may pull: clients log in, or not at all, by what this answers. */
function admitKnown(caller: Caller, ctx: RouterContext, door: Door): void {
  if (!caller.principal && !caller.token) throw door.challenge(ctx.req, [])
}

function admitToCatalog({ principal, token }: Caller, ctx: RouterContext, door: Door): void {
  if (token && !token.catalog) throw door.challenge(ctx.req, [CATALOG], 'insufficient_scope')
  if (!principal && !door.anonymousPull) throw door.challenge(ctx.req, [CATALOG])
}

function admitTo(
  name: string,
  needed: ActionSet,
  caller: Caller,
  ctx: RouterContext,
  door: Door,
): void {
  if (includes(door.actions(caller, name), needed)) return
  const scopes = [repositoryScope(name, needed === PUSH ? PULL | PUSH : needed)]
  if (includes(door.possibleActions(caller, name), needed))
    throw door.challenge(ctx.req, scopes, 'insufficient_scope')
  if (!caller.principal) throw door.challenge(ctx.req, scopes)
  throw new RegistryError(
    'DENIED',
    `the account ${caller.principal.name} may not ${actionNames(needed).join(', ')} in ${name}`,
  )
}

function scopesOf(access: Access, name: string): Scope[] {
  if (access === 'catalog') return [CATALOG]
  if (access === 'pull' || access === 'delete') return [repositoryScope(name, NEEDED[access])]
  return access === 'push' || access === 'session' ? [repositoryScope(name, PULL | PUSH)] : []
}

function permit(caller: Caller, ctx: RouterContext, door: Door): Permit {
  return {
    owner: caller.principal?.name ?? '',
    mayPull: (repository) => includes(door.actions(caller, repository), PULL),
    couldPull: (repository) => includes(door.possibleActions(caller, repository), PULL),
    widerToken: (scopes) => door.challenge(ctx.req, scopes, 'insufficient_scope'),
  }
}
