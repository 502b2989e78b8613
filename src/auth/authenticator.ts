import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { LRUCache } from 'lru-cache'
import { ADMIN_KEY_ACCOUNT } from '../api/access-tokens.ts'
import { MIB } from '../base/sizes.ts'
import { AccessTokens } from './access-tokens.ts'
import type { Accounts } from './accounts.ts'
import type { Addresses } from './addresses.ts'
import { type Authorization, parseAuthorization } from './authorization.ts'
import type { BearerToken, BearerTokens } from './bearer-tokens.ts'
import { ANONYMOUS, type Caller } from './caller.ts'
import { type ChallengeError, type ChallengeKind, unauthorizedError } from './challenge.ts'
import type { GuessLimits } from './guess-limits.ts'
import { networkOf } from './network.ts'
import { OperatorProofs } from './operator-proof.ts'
import type { Principal } from './principal.ts'
import type { Scope } from './scopes.ts'
import type { SharedAddresses } from './shared-addresses.ts'
import type { RegistryError } from '../oci/errors.ts'

export interface AuthenticatorOptions {
  readonly accounts: Accounts
  /** Undefined if access tokens are turned off. */
  readonly accessTokens: AccessTokens | undefined
  readonly bearerTokens: BearerTokens
  /** Whether no accounts and access tokens are configured. */
  readonly open: boolean
  readonly limits: GuessLimits
  readonly addresses: Addresses
  readonly sharedAddresses: SharedAddresses
  readonly service: string
  readonly challenge: ChallengeKind
  readonly adminKey: string
  /** See {@link SigningKey.fingerprint}. */
  readonly fingerprint: (text: string) => string
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Bytes of the bearer tokens that are kept. */
const TOKENS_SIZE = 16 * MIB
/** Entries of the cache of passwords, which all have the same size. */
const MOST_PASSWORDS = 10_000
/** Milliseconds since its last use in which a right password is not checked again. */
const RECENT = 3_600_000

/** Bytes of a kept token, beside those that grow with its scopes. */
const KEPT_TOKEN = 1024
const BYTES_PER_CHARACTER = 2

interface KeptToken {
  readonly token: BearerToken
  /** Bytes, roughly. */
  readonly size: number
}

/** Identifies the sender of each request, by the accounts and tokens of that moment. */
export class Authenticator {
  readonly #options: AuthenticatorOptions
  readonly #adminCredential: string
  readonly #secret = randomBytes(32).toString('hex')
  /**
   * Bearer tokens with a valid signature, by their keyed hash. Their account or access token is
   * looked up again on every request.
   */
  readonly #tokens = new LRUCache<string, KeptToken>({
    maxSize: TOKENS_SIZE,
    sizeCalculation: ({ size }) => size,
  })
  readonly #proofs: OperatorProofs
  /** Credentials of valid passwords, by the keyed hash of account, password and network. */
  readonly #passwords: LRUCache<string, string>

  constructor(options: AuthenticatorOptions) {
    this.#options = options
    const perf = { now: options.now }
    const limits = { max: MOST_PASSWORDS, ttl: RECENT, updateAgeOnGet: true }
    this.#passwords = new LRUCache({ ...limits, ttlResolution: 0, perf })
    this.#adminCredential = options.fingerprint(options.adminKey)
    this.#proofs = new OperatorProofs(options.adminKey, options.now)
  }

  get addresses(): Addresses {
    return this.#options.addresses
  }

  /**
   * Identifies the sender of a request.
   * @throws RegistryError UNAUTHORIZED with a challenge if its credentials are invalid;
   *   TOO_MANY_REQUESTS
   */
  async authenticate(request: IncomingMessage): Promise<Caller> {
    const authorization = parseAuthorization(request.headers.authorization)
    const caller =
      (await this.#fromCache(authorization, request)) ??
      (await this.#verify(authorization, request))
    if (caller) return caller
    if (this.#options.open) return ANONYMOUS
    const isBearer = authorization.scheme === 'bearer'
    throw this.unauthorizedError(request, [], isBearer ? 'invalid_token' : undefined)
  }

  /** Identifies the sender of a request, if that takes no check of a password or a signature. */
  authenticateFromCache(request: IncomingMessage): Promise<Caller | undefined> {
    return this.#fromCache(parseAuthorization(request.headers.authorization), request)
  }

  /**
   * The principal of a user name with a password, access token or admin key; undefined if they are
   * invalid.
   * @param address of the client
   * @throws RegistryError TOO_MANY_REQUESTS
   */
  async login(user: string, password: string, address: string): Promise<Principal | undefined> {
    if (this.#isAdminKey(password)) return this.#admin()
    const { accounts, accessTokens, limits, sharedAddresses } = this.#options
    if (AccessTokens.isSecret(password)) return accessTokens?.verify(password)
    const recent = this.#recentPrincipal(user, password, address)
    if (recent && (await limits.passRecent(address, user))) return recent
    if (!accounts.configured) return undefined
    const principal = await limits.guard(address, user, password, () =>
      accounts.verify(user, password, address),
    )
    if (principal) {
      this.#passwords.set(this.#loginKey(user, password, address), principal.credential)
      sharedAddresses.add(address, principal.name)
    }
    return principal
  }

  /**
   * The name of the account that somebody tried to log in to; undefined if there is no such
   * account.
   */
  attemptedUser(user: string): string | undefined {
    return this.#options.accounts.limits(user) && user
  }

  /** The failure that asks a client for other credentials. */
  unauthorizedError(
    request: IncomingMessage,
    scopes: readonly Scope[],
    error?: ChallengeError,
  ): RegistryError {
    const { challenge: kind, service, addresses } = this.#options
    return unauthorizedError({ kind, base: addresses.base(request), service, scopes, error })
  }

  async #fromCache(
    authorization: Authorization,
    request: IncomingMessage,
  ): Promise<Caller | undefined> {
    if (authorization.scheme === 'none') return ANONYMOUS
    if (authorization.scheme === 'bearer') {
      const kept = this.#tokens.get(this.#keyedHash(authorization.token))
      return kept && this.#callerOf(kept.token)
    }
    if (authorization.scheme !== 'basic') return undefined
    const { user, password } = authorization
    const principal = AccessTokens.isSecret(password)
      ? await this.#options.accessTokens?.verify(password)
      : this.#cachedPrincipal(user, password, this.#options.addresses.client(request))
    return principal && { principal, expired: false }
  }

  async #verify(
    authorization: Authorization,
    request: IncomingMessage,
  ): Promise<Caller | undefined> {
    if (authorization.scheme === 'bearer') {
      const token = await this.#options.bearerTokens.verify(authorization.token)
      if (token === undefined) return undefined
      const size = KEPT_TOKEN + BYTES_PER_CHARACTER * authorization.token.length
      this.#tokens.set(this.#keyedHash(authorization.token), { token, size })
      return this.#callerOf(token)
    }
    if (authorization.scheme !== 'basic') return undefined
    const { user, password } = authorization
    const { method = '', url: path = '' } = request
    if (this.#proofs.accept(password, { method, path }))
      return { principal: this.#admin(), expired: false }
    const principal = await this.login(user, password, this.#options.addresses.client(request))
    return principal && { principal, expired: false }
  }

  /** The account of a recent password that nobody is guessing. */
  #cachedPrincipal(user: string, password: string, address: string): Principal | undefined {
    const principal = this.#recentPrincipal(user, password, address)
    return principal && !this.#options.limits.isGuessed(address, user) ? principal : undefined
  }

  /** The account of a password that was right within the hour, unless it has changed since. */
  #recentPrincipal(user: string, password: string, address: string): Principal | undefined {
    const credential = this.#passwords.get(this.#loginKey(user, password, address))
    return credential === undefined ? undefined : this.#options.accounts.find(user, credential)
  }

  /** The caller of a bearer token; undefined if its account or access token has gone. */
  async #callerOf(token: BearerToken): Promise<Caller | undefined> {
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

  /** No two logins from different networks have the same key. */
  #loginKey(user: string, password: string, address: string): string {
    return this.#keyedHash(`${networkOf(address)} ${user.length} ${user}${password}`)
  }

  #keyedHash(text: string): string {
    return hash('sha256', this.#secret + text, 'base64')
  }

  #isAdminKey(password: string): boolean {
    const one = hash('sha256', password, 'buffer')
    const other = hash('sha256', this.#options.adminKey, 'buffer')
    return timingSafeEqual(one, other)
  }

  #admin(): Principal {
    return { name: ADMIN_KEY_ACCOUNT, credential: this.#adminCredential, admin: true }
  }
}
