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
import type { GuessLimits } from './guess-limits.ts'
import { allowedActions, type Principal } from './principal.ts'
import type { AccessRules } from './rules.ts'
import type { Scope } from './scopes.ts'
import type { SessionToken, SessionTokens } from './session-tokens.ts'

/** Who sends a request. Neither principal nor token: nobody in particular. */
export interface Caller {
  readonly principal?: Principal
  /** Set if the caller came with a session token, whose scope limits it. */
  readonly token?: SessionToken
  /** The token's time is over: it is good for going on with an upload, and nothing else. */
  readonly expired: boolean
}

export interface DoorOptions {
  readonly rules: AccessRules
  readonly accounts: Accounts
  /** Absent where access tokens are turned off. */
  readonly accessTokens?: AccessTokens
  readonly sessions: SessionTokens
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

type Known = SessionToken | { readonly name: string; readonly credential: string }

/** Who somebody is and what they may do, checked on every request against the accounts, tokens and rules of that moment. */
export class Door {
  readonly #options: DoorOptions
  readonly #adminCredential: string
  readonly #secret = randomBytes(32).toString('hex')
  /** What was found out about an Authorization header, by its keyed hash: only that it was right once, never what it allows. */
  readonly #known = new LRUCache<string, Known>({ max: MOST_KNOWN })

  constructor(options: DoorOptions) {
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
    const { authorization: header } = request.headers
    const authorization = readAuthorization(header)
    if (authorization.scheme === 'none') return NOBODY
    const key = hash('sha256', this.#secret + header, 'base64')
    const known = this.#known.get(key)
    const caller =
      (known && (await this.#again(known))) ??
      (await this.#check(authorization, this.#options.addresses.client(request), key))
    if (caller) return caller
    if (this.open) return NOBODY
    throw this.challenge(
      request,
      [],
      authorization.scheme === 'bearer' ? 'invalid_token' : undefined,
    )
  }

  /** Whether authenticating the request takes no password check: it has no credentials, or such as were right before. */
  isQuick({ headers: { authorization } }: IncomingMessage): boolean {
    return (
      authorization === undefined ||
      this.#known.has(hash('sha256', this.#secret + authorization, 'base64'))
    )
  }

  /**
   * The principal of a user name and password, access token or admin key; undefined if they are not right.
   * @throws RegistryError TOO_MANY_REQUESTS
   */
  async login(user: string, password: string, address: string): Promise<Principal | undefined> {
    const { accounts, accessTokens, limits } = this.#options
    if (this.#isAdminKey(password)) return this.#admin()
    if (AccessTokens.isSecret(password)) return accessTokens?.verify(password)
    if (!accounts.configured) return undefined
    return limits.guard(address, user, () => accounts.verify(user, password))
  }

  /** What the caller may do in a repository, with what it came with. */
  actions(caller: Caller, repository: string): ActionSet {
    const allowed = this.possibleActions(caller, repository)
    return caller.token ? allowed & (caller.token.scope.get(repository) ?? NONE) : allowed
  }

  /** What the caller may do in a repository if its token were wide enough. */
  possibleActions({ principal }: Caller, repository: string): ActionSet {
    return this.open ? ALL : allowedActions(this.#options.rules, principal, repository)
  }

  isAdmin({ principal }: Caller): boolean {
    return (
      principal?.admin === true ||
      (principal?.limit === undefined && this.#options.rules.isAdmin(principal?.name))
    )
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

  async #check(
    authorization: Authorization,
    address: string,
    key: string,
  ): Promise<Caller | undefined> {
    if (authorization.scheme === 'bearer') {
      const token = await this.#options.sessions.verify(authorization.token)
      if (token === undefined) return undefined
      this.#known.set(key, token)
      return this.#again(token)
    }
    if (authorization.scheme !== 'basic') return undefined
    const principal = await this.login(authorization.user, authorization.password, address)
    if (principal === undefined) return undefined
    this.#known.set(key, { name: principal.name, credential: principal.credential })
    return { principal, expired: false }
  }

  /** The caller behind credentials that were right before, if they still are. */
  async #again(known: Known): Promise<Caller | undefined> {
    const principal =
      known.name === undefined ? undefined : await this.#find(known.name, known.credential ?? '')
    if (known.name !== undefined && principal === undefined) return undefined
    if (!('scope' in known)) return principal && { principal, expired: false }
    const now = this.#options.now()
    if (known.notBefore > now) return undefined
    return { ...(principal && { principal }), token: known, expired: known.expiresAt <= now }
  }

  async #find(name: string, credential: string): Promise<Principal | undefined> {
    const { accounts, accessTokens } = this.#options
    if (credential === this.#adminCredential) return this.#admin()
    if (AccessTokens.isCredential(credential)) return accessTokens?.find(credential)
    return accounts.find(name, credential)
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
