import type { RouterContext } from '@koa/router'
import koaBody from 'koa-body'
import { RegistryError } from '../oci/errors.ts'
import { NONE } from './actions.ts'
import { readAuthorization } from './authorization.ts'
import type { Door } from './door.ts'
import type { Principal } from './principal.ts'
import { readScopes, type Scope, writeScope } from './scopes.ts'
import { LIFETIME, type SessionTokens } from './session-tokens.ts'

/** Forms have a user name, a password and scopes. */
const readForm = koaBody({
  urlencoded: true,
  json: false,
  text: false,
  multipart: false,
  formLimit: '64kb',
})

/**
 * Where clients trade credentials for a session token: `GET /token` as docker defined it, `POST /token` with
 * `grant_type=password` (OAuth 2.0). There is no refresh token: docker would keep it instead of the password, and
 * clients that know no identity tokens (wkg) could no longer log in.
 */
export class TokenEndpoint {
  readonly #door: Door
  readonly #sessions: SessionTokens

  constructor(door: Door, sessions: SessionTokens) {
    this.#door = door
    this.#sessions = sessions
  }

  readonly get = async (ctx: RouterContext): Promise<void> => {
    const authorization = readAuthorization(ctx.req.headers.authorization)
    if (authorization.scheme === 'none')
      return this.#answer(ctx, undefined, scopeParameters(ctx.query['scope']))
    if (authorization.scheme !== 'basic') throw wrong()
    const principal = await this.#login(ctx, authorization.user, authorization.password)
    return this.#answer(ctx, principal, scopeParameters(ctx.query['scope']))
  }

  readonly post = async (ctx: RouterContext): Promise<void> => {
    await readFormOf(ctx)
    const {
      grant_type: grant,
      username,
      password,
      scope,
    } = (ctx.request.body ?? {}) as Record<string, unknown>
    if (grant !== 'password') {
      // 404 and not 400: clients then ask with GET.
      throw new RegistryError(
        'ROUTE_UNKNOWN',
        'of the OAuth grants only grant_type=password is taken: use that, or GET',
      )
    }
    if (typeof username !== 'string' || typeof password !== 'string') throw wrong()
    const principal = await this.#login(ctx, username, password)
    return this.#answer(ctx, principal, scopeParameters(scope))
  }

  async #login(ctx: RouterContext, user: string, password: string): Promise<Principal | undefined> {
    if (this.#door.open) return undefined
    const principal = await this.#door.login(user, password, this.#door.addresses.client(ctx.req))
    if (principal === undefined) throw wrong()
    return principal
  }

  async #answer(
    ctx: RouterContext,
    principal: Principal | undefined,
    parameters: readonly string[],
  ): Promise<void> {
    const granted = readScopes(parameters).flatMap((scope) => this.#grant(principal, scope))
    const { token, issuedAt } = await this.#sessions.issue(principal, granted)
    ctx.state['account'] = principal?.name
    ctx.body = Buffer.from(
      JSON.stringify({
        token,
        access_token: token,
        scope: granted.map(writeScope).join(' '),
        expires_in: LIFETIME,
        issued_at: new Date(issuedAt).toISOString(),
      }),
    )
    ctx.status = 200
    ctx.set('Content-Type', 'application/json')
    ctx.set('Cache-Control', 'no-store')
  }

  /** What is asked for and allowed. */
  #grant(principal: Principal | undefined, scope: Scope): Scope[] {
    const caller = { ...(principal && { principal }), expired: false }
    if (scope.type === 'registry') return principal || this.#door.anonymousPull ? [scope] : []
    const actions = scope.actions & this.#door.possibleActions(caller, scope.name)
    return actions === NONE ? [] : [{ ...scope, actions }]
  }
}

async function readFormOf(ctx: RouterContext): Promise<void> {
  try {
    await readForm(ctx, async () => undefined)
  } catch (cause) {
    throw new RegistryError(
      'REQUEST_INVALID',
      'the form could not be read: send grant_type, username, password, service and scope',
      { cause },
    )
  }
}

function scopeParameters(value: unknown): string[] {
  return [value ?? []].flat().filter((scope) => typeof scope === 'string')
}

function wrong(): RegistryError {
  return new RegistryError('UNAUTHORIZED', 'the user name or password is wrong', {
    headers: { 'WWW-Authenticate': 'Basic realm=wasmoor' },
  })
}
