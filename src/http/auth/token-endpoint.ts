import type { Middleware } from 'koa'
import type { BearerTokenAnswer } from '../../api/bearer-token.ts'
import { RegistryError } from '../../oci/errors.ts'
import { NONE } from '../../auth/actions.ts'
import { parseAuthorization } from '../../auth/authorization.ts'
import type { Authenticator } from '../../auth/authenticator.ts'
import type { Authorizer } from '../../auth/authorizer.ts'
import type { Principal } from '../../auth/principal.ts'
import {
  CATALOG,
  OPERATE,
  parseScopes,
  type Scope,
  ACCOUNT,
  toClaim,
  formatScope,
} from '../../auth/scopes.ts'
import type { BearerTokens } from '../../auth/bearer-tokens.ts'
import { startDeadline } from '../deadline.ts'
import { requestState } from '../request-state.ts'
import type { HandlerContext } from '../route.ts'

/** Characters of the access claim; Base64 makes it a third longer. */
const LONGEST_ACCESS = 5000

/**
 * The endpoint that issues bearer tokens: `GET /token` as in distribution's "Token Authentication",
 * `POST /token` with `grant_type=password` (OAuth 2.0). There are no refresh tokens: docker would
 * keep one instead of the password, and clients without support for identity tokens (wkg) could no
 * longer log in.
 */
export class TokenEndpoint {
  readonly #authenticator: Authenticator
  readonly #authorizer: Authorizer
  readonly #bearerTokens: BearerTokens

  constructor(authenticator: Authenticator, authorizer: Authorizer, bearerTokens: BearerTokens) {
    this.#authenticator = authenticator
    this.#authorizer = authorizer
    this.#bearerTokens = bearerTokens
  }

  readonly get = async (ctx: HandlerContext): Promise<void> => {
    const authorization = parseAuthorization(ctx.req.headers.authorization)
    const { scope } = ctx.query
    if (authorization.scheme === 'none') return this.#answer(ctx, undefined, scope)
    if (authorization.scheme === 'bearer') return this.#renew(ctx)
    if (authorization.scheme !== 'basic') throw wrongCredentialsError()
    return this.#login(ctx, authorization.user, authorization.password, scope)
  }

  readonly post = async (ctx: HandlerContext): Promise<void> => {
    await readFormOf(ctx)
    const {
      grant_type: grant,
      username,
      password,
      scope,
    } = (ctx.request.body ?? {}) as Record<string, unknown>
    if (grant !== 'password') {
      // With 404, unlike 400, clients try GET next.
      throw new RegistryError(
        'ROUTE_UNKNOWN',
        'of the OAuth grants only grant_type=password is taken: use that, or GET',
      )
    }
    if (typeof username !== 'string' || typeof password !== 'string') throw wrongCredentialsError()
    return this.#login(ctx, username, password, scope)
  }

  /** Exchanges the token of a sign-in for a new one, until the password has to be given again. */
  async #renew(ctx: HandlerContext): Promise<void> {
    const { principal, token, expired } = await this.#authenticator.authenticate(ctx.req)
    if (principal === undefined || token?.signedInAt === undefined || expired)
      throw wrongCredentialsError()
    return this.#answer(ctx, principal, formatScope(ACCOUNT), token.signedInAt)
  }

  /** Some clients send an empty user name and password for an anonymous request. */
  async #login(ctx: HandlerContext, user: string, password: string, scope: unknown): Promise<void> {
    if (this.#authorizer.open || (user === '' && password === ''))
      return this.#answer(ctx, undefined, scope)
    const state = requestState(ctx)
    state.passwordInForm = true
    state.attemptedUser = this.#authenticator.attemptedUser(user)
    const principal = await this.#authenticator.login(
      user,
      password,
      this.#authenticator.addresses.client(ctx.req),
    )
    if (principal === undefined) throw wrongCredentialsError()
    return this.#answer(ctx, principal, scope)
  }

  async #answer(
    ctx: HandlerContext,
    principal: Principal | undefined,
    parameter: unknown,
    since?: number,
  ): Promise<void> {
    const granted = fitting(
      parseScopes(scopeParameters(parameter)).flatMap((scope) => this.#grant(principal, scope)),
    )
    const { token, issuedAt, lifetime } = await this.#bearerTokens.issue(principal, granted, since)
    requestState(ctx).account = principal?.name
    ctx.body = Buffer.from(
      JSON.stringify({
        token,
        access_token: token,
        scope: granted.map(formatScope).join(' '),
        expires_in: lifetime,
        issued_at: new Date(issuedAt).toISOString(),
      } satisfies BearerTokenAnswer),
    )
    ctx.status = 200
    ctx.set('Content-Type', 'application/json')
    ctx.set('Cache-Control', 'no-store')
  }

  /** The part of a scope that the principal may have. */
  #grant(principal: Principal | undefined, scope: Scope): Scope[] {
    const caller = { ...(principal && { principal }), expired: false }
    if (scope === CATALOG) return principal || this.#authorizer.anonymousPull ? [scope] : []
    if (scope === ACCOUNT) return principal ? [scope] : []
    if (scope === OPERATE) return this.#authorizer.couldOperate(caller) ? [scope] : []
    const actions = scope.actions & this.#authorizer.possibleActions(caller, scope.name)
    return actions === NONE ? [] : [{ ...scope, actions }]
  }
}

async function readFormOf(ctx: HandlerContext): Promise<void> {
  const readForm = await formReader()
  const deadline = startDeadline(() => 0)
  try {
    await Promise.race([readForm(ctx, async () => undefined), deadline.passed])
  } catch (cause) {
    if (cause instanceof RegistryError) throw cause
    throw new RegistryError(
      'REQUEST_INVALID',
      'the form could not be read: send grant_type, username, password, service and scope',
      { cause },
    )
  } finally {
    deadline.clear()
  }
}

let reader: Promise<Middleware> | undefined

/**
 * Loaded on first use: few clients send forms, and the package also contains parsers for other
 * types.
 */
function formReader(): Promise<Middleware> {
  reader ??= import('koa-body').then(({ default: koaBody }) =>
    // Forms have a user name, a password and scopes.
    koaBody({
      urlencoded: true,
      json: false,
      text: false,
      multipart: false,
      formLimit: '64kb',
      // Lists may fill the form; nothing is nested.
      queryString: { arrayLimit: 1000, depth: 0 },
    }),
  )
  return reader
}

/** The first scopes, as many as fit into a token that still fits into a header. */
function fitting(scopes: readonly Scope[]): Scope[] {
  let length = 0
  return scopes.filter(
    (scope) => (length += JSON.stringify(toClaim(scope)).length) <= LONGEST_ACCESS,
  )
}

function scopeParameters(value: unknown): string[] {
  return [value ?? []].flat().filter((scope) => typeof scope === 'string')
}

function wrongCredentialsError(): RegistryError {
  return new RegistryError('UNAUTHORIZED', 'the user name or password is wrong', {
    headers: { 'WWW-Authenticate': 'Basic realm=wasmoor' },
  })
}
