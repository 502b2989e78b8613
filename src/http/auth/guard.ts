import type { IncomingMessage } from 'node:http'
import type { RouterContext } from '@koa/router'
import type { Next } from 'koa'
import { type Digest, isDigest } from '../../oci/digest.ts'
import { RegistryError } from '../../oci/errors.ts'
import { isRepositoryName } from '../../oci/name.ts'
import type { Action } from '../../api/actions.ts'
import { type ActionSet, actionNames, DELETE, includes, PULL, PUSH } from '../../auth/actions.ts'
import { parseAuthorization } from '../../auth/authorization.ts'
import type { Authenticator } from '../../auth/authenticator.ts'
import type { Authorizer } from '../../auth/authorizer.ts'
import type { Caller } from '../../auth/caller.ts'
import { CATALOG, OPERATE, repositoryScope, type Scope } from '../../auth/scopes.ts'

/**
 * What a route asks of its caller: nothing (`open`); no wrong credentials (`anybody`); to be known (`ping`); an action in the repository of the address;
 * `session`, to push and to have opened the upload; `catalog`, to see what it may pull; `admin`, to operate the registry.
 */
export type Access =
  'open' | 'anybody' | 'ping' | 'pull' | 'push' | 'delete' | 'session' | 'catalog' | 'admin'

/** A caller that passed the guard, as handlers see it. */
export interface Permit {
  /** The account; empty for callers without one. */
  readonly owner: string
  readonly mayPull: (repository: string) => boolean
  /** Names of the actions that the caller may do in a repository, with what it came with. */
  readonly actions: (repository: string) => readonly Action[]
  /** Whether a wider token would let the caller pull. */
  readonly couldPull: (repository: string) => boolean
  /** The failure that asks the client for a token with these scopes. */
  widerToken(scopes: readonly Scope[]): RegistryError
}

/** When an upload session was opened, and by whom. */
export interface UploadOwner {
  readonly repository: string
  readonly owner: string
  readonly startedAt: number
}

export interface Guards {
  readonly authenticator: Authenticator
  readonly authorizer: Authorizer
}

export interface GuardOptions extends Guards {
  readonly uploadOf: (id: string) => Promise<UploadOwner | undefined>
  /** How long after its opening a session may be gone on with by an expired token. Milliseconds. */
  readonly uploadExpiry: number
  /** Where a blob could be mounted from, of what may be pulled; `from` undefined is anywhere. */
  readonly mountSource: (
    digest: Digest,
    from: string | undefined,
    mayPull: (repository: string) => boolean,
  ) => Promise<string | undefined>
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
  return async (ctx, next) => {
    if (access !== 'open') {
      const caller = await authenticate(ctx, options.authenticator)
      ctx.state['account'] = caller.principal?.name
      await admit(access, caller, ctx, options)
      ctx.state['permit'] = permit(caller, ctx, options)
    }
    await next()
  }
}

async function authenticate(ctx: RouterContext, authenticator: Authenticator): Promise<Caller> {
  try {
    return await authenticator.authenticate(ctx.req)
  } catch (error) {
    const authorization = parseAuthorization(ctx.req.headers.authorization)
    // For those who watch: whose password is being guessed.
    if (authorization.scheme === 'basic')
      ctx.state['claimed'] = authenticator.attemptedUser(authorization.user)
    throw error
  }
}

/**
 * Who pulls from a repository, if that can be said without checking a password and the caller may: for answers in front of
 * Koa. Undefined leaves the request to the guard.
 */
export async function pullsQuickly(
  { authenticator, authorizer }: Guards,
  request: IncomingMessage,
  name: string,
): Promise<{ account?: string } | undefined> {
  if (authorizer.open) return {}
  const caller = await authenticator.authenticateFromCache(request)
  if (caller === undefined || caller.expired || !includes(authorizer.actions(caller, name), PULL))
    return undefined
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
  const { authenticator, authorizer } = options
  if (access === 'admin') admitOperator(caller, ctx, options)
  if (access === 'admin' || authorizer.open) return
  const { name = '', id = '' } = ctx.params as { name?: string; id?: string }
  const session = access === 'session' ? await options.uploadOf(id) : undefined
  const isOwn = session !== undefined && opened(session, name, caller)
  if (caller.expired && !(isOwn && session.startedAt + options.uploadExpiry > options.now())) {
    throw authenticator.unauthorizedError(ctx.req, scopesOf(access, name), 'invalid_token')
  }
  await admitAs(access, name, caller, ctx, options)
  if (session && !isOwn) throw new RegistryError('BLOB_UPLOAD_UNKNOWN')
}

async function admitAs(
  access: Exclude<Access, 'open' | 'admin'>,
  name: string,
  caller: Caller,
  ctx: RouterContext,
  options: GuardOptions,
): Promise<void> {
  if (access === 'anybody') return
  if (access === 'ping') admitKnown(caller, ctx, options)
  else if (access === 'catalog') admitToCatalog(caller, ctx, options)
  else await admitTo(name, NEEDED[access], caller, ctx, options)
}

function opened({ repository, owner }: UploadOwner, name: string, { principal }: Caller): boolean {
  return repository === name && owner === (principal?.name ?? '')
}

function admitOperator(
  caller: Caller,
  ctx: RouterContext,
  { authenticator, authorizer }: Guards,
): void {
  if (caller.expired) throw authenticator.unauthorizedError(ctx.req, [OPERATE], 'invalid_token')
  if (authorizer.mayOperate(caller)) return
  if (authorizer.couldOperate(caller))
    throw authenticator.unauthorizedError(ctx.req, [OPERATE], 'insufficient_scope')
  // An open registry asks nobody to log in.
  if (!caller.principal && !authorizer.open)
    throw authenticator.unauthorizedError(ctx.req, [OPERATE])
  throw new RegistryError(
    'DENIED',
    'this takes an account with the admin action, or the admin key of the data directory',
  )
}

/** Also where callers without credentials may pull: clients log in, or not at all, by what this answers. */
function admitKnown(caller: Caller, ctx: RouterContext, { authenticator }: Guards): void {
  if (!caller.principal && !caller.token) throw authenticator.unauthorizedError(ctx.req, [])
}

function admitToCatalog(
  { principal, token }: Caller,
  ctx: RouterContext,
  { authenticator, authorizer }: Guards,
): void {
  if (!principal && !authorizer.anonymousPull)
    throw authenticator.unauthorizedError(ctx.req, [CATALOG])
  if (token?.catalog === false)
    throw authenticator.unauthorizedError(ctx.req, [CATALOG], 'insufficient_scope')
}

async function admitTo(
  name: string,
  needed: ActionSet,
  caller: Caller,
  ctx: RouterContext,
  options: GuardOptions,
): Promise<void> {
  const { authenticator, authorizer } = options
  if (includes(authorizer.actions(caller, name), needed)) return
  const couldDo = includes(authorizer.possibleActions(caller, name), needed)
  const scopes = [repositoryScope(name, needed === PUSH ? PULL | PUSH : needed)]
  if (couldDo || !caller.principal) {
    const source = await sourceOf(caller, ctx, options)
    if (source !== undefined && source !== name) scopes.push(repositoryScope(source, PULL))
  }
  if (couldDo) throw authenticator.unauthorizedError(ctx.req, scopes, 'insufficient_scope')
  if (!caller.principal) throw authenticator.unauthorizedError(ctx.req, scopes)
  throw new RegistryError(
    'DENIED',
    `the account ${caller.principal.name} may not ${actionNames(needed).join(', ')} in ${name}`,
  )
}

/** Of a request to mount a blob: the repository that its next token has to cover, too. */
async function sourceOf(
  caller: Caller,
  ctx: RouterContext,
  options: GuardOptions,
): Promise<string | undefined> {
  const last = (parameter: string) => [ctx.query[parameter] ?? []].flat().at(-1)
  const mount = last('mount')
  const from = last('from')
  if (ctx.method !== 'POST' || mount === undefined || !isDigest(mount)) return undefined
  if (from !== undefined && !isRepositoryName(from)) return undefined
  // Nobody is told yet what there is: as somebody the caller may pull it, or not.
  if (!caller.principal && !caller.token) return from
  return options.mountSource(mount, from, permit(caller, ctx, options).couldPull)
}

function scopesOf(access: Access, name: string): Scope[] {
  if (access === 'catalog') return [CATALOG]
  if (access === 'pull' || access === 'delete') return [repositoryScope(name, NEEDED[access])]
  return access === 'push' || access === 'session' ? [repositoryScope(name, PULL | PUSH)] : []
}

function permit(caller: Caller, ctx: RouterContext, { authenticator, authorizer }: Guards): Permit {
  return {
    owner: caller.principal?.name ?? '',
    mayPull: (repository) => includes(authorizer.actions(caller, repository), PULL),
    actions: (repository) => actionNames(authorizer.actions(caller, repository)),
    couldPull: (repository) => includes(authorizer.possibleActions(caller, repository), PULL),
    widerToken: (scopes) => authenticator.unauthorizedError(ctx.req, scopes, 'insufficient_scope'),
  }
}
