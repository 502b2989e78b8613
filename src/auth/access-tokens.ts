import { createHash, randomInt, timingSafeEqual } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type {
  AccessTokenRecord,
  AccessTokens as TokenIndex,
} from '../../storage/index/access-tokens.ts'
import type { Accounts } from './accounts.ts'
import { actionSet } from './actions.ts'
import { Patterns } from '../base/patterns.ts'
import type { Principal } from './principal.ts'

const PREFIX = 'wsm_'
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const RANDOM_LENGTH = 36
const CHECKSUM_LENGTH = 6
/** Milliseconds between two updates of the time of last use, which only informs people. */
const USE_PRECISION = 60_000

export interface NewAccessToken {
  readonly owner: string
  readonly repositories: readonly string[]
  readonly actions: readonly string[]
  readonly expiresAt?: number
}

/**
 * Access tokens: passwords for robots and pull secrets. They consist of `wsm_`, 36 random
 * characters and a checksum, so that secret scanners recognise a leaked token. Only a hash is
 * stored.
 */
export class AccessTokens {
  readonly #index: TokenIndex
  readonly #accounts: Pick<Accounts, 'limits'>
  readonly #now: () => number

  constructor(index: TokenIndex, accounts: Pick<Accounts, 'limits'>, now: () => number) {
    this.#index = index
    this.#accounts = accounts
    this.#now = now
  }

  /** Creates a token. Only this result contains its secret. */
  async create({
    owner,
    repositories,
    actions,
    expiresAt,
  }: NewAccessToken): Promise<{ secret: string; record: AccessTokenRecord }> {
    const secret = newSecret()
    const hash = hashOf(secret)
    const record: AccessTokenRecord = {
      id: idOf(hash),
      hash,
      owner,
      repositories,
      actions,
      createdAt: this.#now(),
      // A token of an account ends with it; a robot needs no account.
      boundToAccount: this.#accounts.limits(owner) !== undefined,
      ...(expiresAt !== undefined && { expiresAt }),
    }
    await this.#index.put(record)
    return { secret, record }
  }

  /** Whether a password has the form of an access token, and so cannot be that of an account. */
  static isSecret(password: string): boolean {
    if (
      !password.startsWith(PREFIX) ||
      password.length !== PREFIX.length + RANDOM_LENGTH + CHECKSUM_LENGTH
    )
      return false
    return checksum(password.slice(0, -CHECKSUM_LENGTH)) === password.slice(-CHECKSUM_LENGTH)
  }

  /** The principal of a secret; undefined if there is no such token, or no longer. */
  async verify(secret: string): Promise<Principal | undefined> {
    const hash = hashOf(secret)
    const record = await this.#index.get(idOf(hash))
    if (record === undefined || !timingSafeEqual(Buffer.from(hash), Buffer.from(record.hash)))
      return undefined
    return this.#principal(record)
  }

  /** The principal of a token by its credential; undefined once it is revoked or has expired. */
  async find(credential: string): Promise<Principal | undefined> {
    const record = await this.#index.get(credential.slice(PREFIX.length))
    return record && this.#principal(record)
  }

  /** Whether a credential is that of an access token. */
  static isCredential(credential: string): boolean {
    return credential.startsWith(PREFIX)
  }

  #principal(record: AccessTokenRecord): Principal | undefined {
    const { id, owner, repositories, actions, expiresAt, boundToAccount, lastUsedAt = 0 } = record
    const now = this.#now()
    if (expiresAt !== undefined && expiresAt <= now) return undefined
    const account = this.#accounts.limits(owner)
    if (boundToAccount && account === undefined) return undefined
    if (now - lastUsedAt >= USE_PRECISION) void this.#index.touch(id, now).catch(() => undefined)
    return {
      ...account,
      name: owner,
      credential: `${PREFIX}${id}`,
      limit: { repositories: new Patterns(repositories), actions: actionSet(actions) },
    }
  }
}

function newSecret(): string {
  const random = Array.from(
    { length: RANDOM_LENGTH },
    () => ALPHABET[randomInt(ALPHABET.length)],
  ).join('')
  return `${PREFIX}${random}${checksum(PREFIX + random)}`
}

function checksum(text: string): string {
  let rest = crc32(text)
  let digits = ''
  for (let position = 0; position < CHECKSUM_LENGTH; position++) {
    digits = ALPHABET[rest % ALPHABET.length] + digits
    rest = Math.floor(rest / ALPHABET.length)
  }
  return digits
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

function idOf(hash: string): string {
  return hash.slice(0, 16)
}
