import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { LRUCache } from 'lru-cache'
import { RegistryError } from '../oci/errors.ts'
import { AccessTokens } from './access-tokens.ts'
import type { Accounts } from './accounts.ts'
import { type ActionSet, ALL, NONE } from './actions.ts'
import type { Addresses } from './addresses.ts'
import { type Authorization, readAuthorization } from './authorization.ts'
import { challengeHeader, type ChallengeKind } from './challenge.ts'
import { type GuessLimits, network } from './guess-limits.ts'
import { allowedActions, isOperator, type Principal } from './principal.ts'
import type { AccessRules } from './rules.ts'
import type { Scope } from './scopes.ts'
import type { BearerToken, BearerTokens } from './bearer-tokens.ts'

/** Who sends a request. Neither principal nor token: nobody in particular. */
export interface Caller {
  readonly principal?: Principal
  /** Set if the caller came with a session token, whose scope limits it. */
  readonly token?: BearerToken
  /** The token's time is over: it is good for going on with an upload, and nothing else. */
  readonly expired: boolean
}

export interface AuthenticatorOptions {
  readonly rules: AccessRules
  readonly accounts: Accounts
  /** Absent where access tokens are turned off. */
  readonly accessTokens?: AccessTokens
  readonly bearerTokens: BearerTokens
  readonly limits: GuessLimits
  readonly addresses: Addresses
  readonly service: string
  readonly challenge: ChallengeKind
  readonly adminKey: string
  readonly fingerprint: (text: string) => string
  readonly now: () => number
}

const NOBODY: Caller = { expired: false }
const MOST_KNOWN = 10_000
const ADMIN = 'admin-key'

/** Who somebody is and what they may do, checked on every request against the accounts, tokens and rules of that moment. */
export class Authenticator {
  readonly #options: AuthenticatorOptions
  readonly #adminCredential: string
  readonly #secret = randomBytes(32).toString('hex')
  /** Session tokens whose signature was right, by their keyed hash: what they allow is looked at again each time. */
  readonly #tokens = new LRUCache<string, BearerToken>({ max: MOST_KNOWN })
  /** Credentials of passwords that were right, by the keyed hash of account, password and where they came from. */
  readonly #passwords = new LRUCache<string, string>({ max: MOST_KNOWN })

  constructor(options: AuthenticatorOptions) {
    this.#options = options
    this.#adminCredential = options.fingerprint(options.adminKey)
  }

  /** Whether no source of credentials is configured: then everybody may do everything but operate. */
  get open(): boolean {
    return !this.#options.accounts.configured && this.#options.accessTokens === undefined
  }

  get addresses(): Addresses {
    return this.#options.addresses
  }

  /**
   * Who sends the request.
   * @throws RegistryError UNAUTHORIZED with a challenge if its credentials are not right; TOO_MANY_REQUESTS
   */
  async authenticate(request: IncomingMessage): Promise<Caller> {
    const authorization = readAuthorization(request.headers.authorization)
    const caller =
      (await this.#recognise(authorization, request)) ?? (await this.#check(authorization, request))
    if (caller) return caller
    if (this.open) return NOBODY
    throw this.challenge(
      request,
      [],
      authorization.scheme === 'bearer' ? 'invalid_token' : undefined,
    )
  }

  /** Who sends the request, if that can be said without checking a password or a signature. */
  recognise(request: IncomingMessage): Promise<Caller | undefined> {
    return this.#recognise(readAuthorization(request.headers.authorization), request)
  }

  /**
   * The principal of a user name and password, access token or admin key; undefined if they are not right.
   * @throws RegistryError TOO_MANY_REQUESTS
   */
  async login(user: string, password: string, address: string): Promise<Principal | undefined> {
    if (this.#isAdminKey(password)) return this.#admin()
    const { accounts, accessTokens, limits } = this.#options
    if (AccessTokens.isSecret(password)) return accessTokens?.verify(password)
    const remembered = this.#remembered(user, password, address)
    if (remembered) return remembered
    if (!accounts.configured) return undefined
    const principal = await limits.guard(address, user, password, () =>
      accounts.verify(user, password),
    )
    if (principal)
      this.#passwords.set(this.#keyOf(placeOf(user, password, address)), principal.credential)
    return principal
  }

  /** The account that the request names, if there is one, whether its password is right or not. */
  attemptedUser(user: string): string | undefined {
    return this.#options.accounts.limits(user) && user
  }

  /** What the caller may do in a repository, with what it came with. */
  actions(caller: Caller, repository: string): ActionSet {
    const allowed = this.possibleActions(caller, repository)
    const { token } = caller
    if (token === undefined || token.sessionSince !== undefined) return allowed
    return allowed & (token.scope.get(repository) ?? NONE)
  }

  /** What the caller may do in a repository if its token were wide enough. */
  possibleActions({ principal }: Caller, repository: string): ActionSet {
    return this.open ? ALL : allowedActions(this.#options.rules, principal, repository)
  }

  /** Whether the caller may operate the registry, with what it came with. */
  mayOperate(caller: Caller): boolean {
    return this.couldOperate(caller) && caller.token?.operate !== false
  }

  /** Whether the caller may operate the registry if its token were wide enough. */
  couldOperate({ principal }: Caller): boolean {
    return isOperator(this.#options.rules, principal)
  }

  /** Whether callers without credentials may pull anything at all. */
  get anonymousPull(): boolean {
    return this.open || this.#options.rules.anonymousPull
  }

  /** The failure that asks a client to come with (other) credentials. */
  challenge(
    request: IncomingMessage,
    scopes: readonly Scope[],
    error?: 'invalid_token' | 'insufficient_scope',
  ): RegistryError {
    const { challenge: kind, service, addresses } = this.#options
    const header = challengeHeader({
      kind,
      base: addresses.base(request),
      service,
      scopes,
      ...(error && { error }),
    })
    const message =
      error === 'insufficient_scope'
        ? 'the token does not cover this: fetch one with the scopes of the challenge'
        : error === 'invalid_token'
          ? 'the token is not valid here, or its time is over: fetch a new one'
          : 'the user name or password is missing or wrong: log in'
    return new RegistryError('UNAUTHORIZED', message, { headers: { 'WWW-Authenticate': header } })
  }

  async #recognise(
    authorization: Authorization,
    request: IncomingMessage,
  ): Promise<Caller | undefined> {
    if (authorization.scheme === 'none') return NOBODY
    if (authorization.scheme === 'bearer') {
      const token = this.#tokens.get(this.#keyOf(authorization.token))
      return token && this.#bearer(token)
    }
    if (authorization.scheme !== 'basic') return undefined
    const { user, password } = authorization
    const principal = AccessTokens.isSecret(password)
      ? await this.#options.accessTokens?.verify(password)
      : this.#remembered(user, password, this.#options.addresses.client(request))
    return principal && { principal, expired: false }
  }

  async #check(
    authorization: Authorization,
    request: IncomingMessage,
  ): Promise<Caller | undefined> {
    if (authorization.scheme === 'bearer') {
      const token = await this.#options.bearerTokens.verify(authorization.token)
      if (token === undefined) return undefined
      this.#tokens.set(this.#keyOf(authorization.token), token)
      return this.#bearer(token)
    }
    if (authorization.scheme !== 'basic') return undefined
    const { user, password } = authorization
    const principal = await this.login(user, password, this.#options.addresses.client(request))
    return principal && { principal, expired: false }
  }

  /** The account whose password this was, if it still is. */
  #remembered(user: string, password: string, address: string): Principal | undefined {
    const { accounts, limits } = this.#options
    const credential = this.#passwords.get(this.#keyOf(placeOf(user, password, address)))
    if (credential === undefined || limits.isGuessed(address, user)) return undefined
    return accounts.find(user, credential)
  }

  /** The caller behind a token of ours, if its time has come and its account or access token is still there. */
  async #bearer(token: BearerToken): Promise<Caller | undefined> {
    const { name, credential = '', notBefore, expiresAt } = token
    const now = this.#options.now()
    if (notBefore > now) return undefined
    const expired = expiresAt <= now
    if (name === undefined) return { token, expired }
    const principal = await this.#find(name, credential)
    return principal && { principal, token, expired }
  }

  async #find(name: string, credential: string): Promise<Principal | undefined> {
    const { accounts, accessTokens } = this.#options
    if (credential === this.#adminCredential) return this.#admin()
    if (AccessTokens.isCredential(credential)) return accessTokens?.find(credential)
    return accounts.find(name, credential)
  }

  #keyOf(text: string): string {
    return hash('sha256', this.#secret + text, 'base64')
  }

  #isAdminKey(password: string): boolean {
    const one = hash('sha256', password, 'buffer')
    const other = hash('sha256', this.#options.adminKey, 'buffer')
    return timingSafeEqual(one, other)
  }

  #admin(): Principal {
    return { name: ADMIN, credential: this.#adminCredential, admin: true }
  }
}

/** One text of the three that no other three make. */
function placeOf(user: string, password: string, address: string): string {
  return `${network(address)} ${user.length} ${user}${password}`
}
