import type { IncomingMessage } from 'node:http'
import type { RouterContext } from '@koa/router'
import type { Next } from 'koa'
import { type Digest, isDigest } from '../../oci/digest.ts'
import { RegistryError } from '../../oci/errors.ts'
import { isRepositoryName } from '../../oci/name.ts'
import { type ActionSet, actionNames, DELETE, includes, PULL, PUSH } from '../../auth/actions.ts'
import { parseAuthorization } from '../../auth/authorization.ts'
import type { Authenticator } from '../../auth/authenticator.ts'
import type { Caller } from '../../auth/caller.ts'
import { CATALOG, OPERATE, repositoryScope, type Scope } from '../../auth/scopes.ts'
import { single } from '../parameters.ts'
import { requestState } from '../request-state.ts'
import { type Guards, permitFor } from './permit.ts'

/**
 * The requirement of a route:
 * - `public`: none; credentials are not looked at.
 * - `optional`: no credentials, or right ones.
 * - `authenticated`: right credentials, unless the registry is open.
 * - `pull`, `push`, `delete`: the action in the repository of the path.
 * - `upload`: push, and the caller opened the upload session of the path.
 * - `catalog`: the right to pull from some repository.
 * - `admin`: the right to operate the registry, even where it is open.
 * - `admin-key`: the admin key, because the route reaches beyond the registry's own data.
 */
export type Access =
  | 'public'
  | 'optional'
  | 'authenticated'
  | 'pull'
  | 'push'
  | 'delete'
  | 'upload'
  | 'catalog'
  | 'admin'
  | 'admin-key'

/** The account that opened an upload session, and when. */
export interface UploadOwner {
  readonly repository: string
  readonly owner: string
  readonly startedAt: number
}

export interface GuardOptions extends Guards {
  readonly uploadOf: (id: string) => Promise<UploadOwner | undefined>
  /** Milliseconds after the start of a session in which an expired token is still good for it. */
  readonly uploadExpiry: number
  /** A repository from which a blob could be mounted; `from` undefined stands for any. */
  readonly mountSource: (
    digest: Digest,
    from: string | undefined,
    mayPull: (repository: string) => boolean,
  ) => Promise<string | undefined>
  readonly now: () => number
}

/** The rights that a route needs. */
const NEEDED: Readonly<Record<'pull' | 'push' | 'delete' | 'upload', ActionSet>> = {
  pull: PULL,
  push: PUSH,
  delete: DELETE,
  upload: PUSH,
}

/**
 * Middleware that passes a request on to its handler, or throws: 401 where other credentials would
 * help, 403 where no credentials of this account would.
 */
export function guard(
  access: Access,
  options: GuardOptions,
): (ctx: RouterContext, next: Next) => Promise<void> {
  return async (ctx, next) => {
    if (access !== 'public') {
      const caller = await authenticate(ctx, options.authenticator)
      const state = requestState(ctx)
      state.account = caller.principal?.name
      await admit(access, caller, ctx, options)
      state.permit = permitFor(caller, ctx, options)
    }
    await next()
  }
}

async function authenticate(ctx: RouterContext, authenticator: Authenticator): Promise<Caller> {
  try {
    return await authenticator.authenticate(ctx.req)
  } catch (error) {
    const authorization = parseAuthorization(ctx.req.headers.authorization)
    // The audit log names the account whose password is being guessed.
    if (authorization.scheme === 'basic')
      requestState(ctx).attemptedUser = authenticator.attemptedUser(authorization.user)
    throw error
  }
}

/**
 * The caller that may pull from a repository, where that is known without checking a password: for
 * the fast path. Undefined leaves the request to the guard.
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

async function admit(
  access: Exclude<Access, 'public'>,
  caller: Caller,
  ctx: RouterContext,
  options: GuardOptions,
): Promise<void> {
  const { authenticator, authorizer } = options
  if (access === 'admin' || access === 'admin-key') {
    admitOperator(caller, ctx, options)
    if (access === 'admin-key') admitKeyHolder(caller)
    return
  }
  if (authorizer.open) return
  const { name = '', id = '' } = ctx.params as { name?: string; id?: string }
  const upload = access === 'upload' ? await options.uploadOf(id) : undefined
  const isOwn = upload !== undefined && opened(upload, name, caller)
  if (caller.expired && !(isOwn && upload.startedAt + options.uploadExpiry > options.now())) {
    throw authenticator.unauthorizedError(ctx.req, scopesOf(access, name), 'invalid_token')
  }
  await admitAs(access, name, caller, ctx, options)
  if (upload && !isOwn) throw new RegistryError('BLOB_UPLOAD_UNKNOWN')
}

async function admitAs(
  access: Exclude<Access, 'public' | 'admin' | 'admin-key'>,
  name: string,
  caller: Caller,
  ctx: RouterContext,
  options: GuardOptions,
): Promise<void> {
  if (access === 'optional') return
  if (access === 'authenticated') admitKnown(caller, ctx, options)
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
  // An open registry has no accounts to log in with.
  if (!caller.principal && !authorizer.open)
    throw authenticator.unauthorizedError(ctx.req, [OPERATE])
  throw new RegistryError(
    'DENIED',
    'this takes an account with the admin action, or the admin key of the data directory',
  )
}

function admitKeyHolder({ principal }: Caller): void {
  if (principal?.admin) return
  throw new RegistryError(
    'DENIED',
    'this takes the admin key of the data directory: it writes wherever the server may write',
  )
}

/**
 * Asks for credentials even where anonymous callers may pull: by this answer clients decide whether
 * to log in at all.
 */
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

/** The source of a mount request: the next token has to cover it, too. */
async function sourceOf(
  caller: Caller,
  ctx: RouterContext,
  options: GuardOptions,
): Promise<string | undefined> {
  const mount = single(ctx, 'mount')
  const from = single(ctx, 'from')
  if (ctx.method !== 'POST' || mount === undefined || !isDigest(mount)) return undefined
  if (from !== undefined && !isRepositoryName(from)) return undefined
  // Only callers that may pull a blob learn that it exists; this one has not logged in yet.
  if (!caller.principal && !caller.token) return from
  return options.mountSource(mount, from, permitFor(caller, ctx, options).couldPull)
}

function scopesOf(access: Access, name: string): Scope[] {
  if (access === 'catalog') return [CATALOG]
  if (access === 'pull' || access === 'delete') return [repositoryScope(name, NEEDED[access])]
  return access === 'push' || access === 'upload' ? [repositoryScope(name, PULL | PUSH)] : []
}
