import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { MIB } from '../base/sizes.ts'
import { AccountFiles, type AccountFilesOptions } from './account-files.ts'
import type { DockerAccount } from './docker-config.ts'
import type { PasswordChecks } from './password-checks.ts'
import type { AccountLimits, Principal } from './principal.ts'

export interface AccountsOptions extends AccountFilesOptions {
  /** A keyed hash of a credential, short enough for a token and useless for guessing. */
  readonly fingerprint: (credential: string) => string
  readonly checks: PasswordChecks
}

/** Characters of the credentials whose fingerprints are kept. */
const MOST_CREDENTIALS = 4 * MIB

/** Salt and hash of an unknown password, for unknown users, whose check has to take as long. */
const DECOY = 'abcdefghijklmnopqrstuuO6XPFvsCwT9dBAjMfmy6gIyD0BdzL7i'
const STANDARD_COST = '10'
/** The same for the fingerprint and the entry itself. */
const ENTRY = 200

/** The accounts of the configured files, as they are at the moment. */
export class Accounts {
  readonly #options: AccountsOptions
  readonly #files: AccountFiles
  readonly #secret = randomBytes(32)
  /** By credential, because computing a fingerprint takes a sixth of the time of a cached read. */
  readonly #fingerprints = new LRUCache<string, string>({
    maxSize: MOST_CREDENTIALS,
    sizeCalculation: (_fingerprint, credential) => credential.length + ENTRY,
  })

  private constructor(options: AccountsOptions, files: AccountFiles) {
    this.#options = options
    this.#files = files
  }

  /** @throws Error if a configured source is invalid or cannot be read */
  static async open(options: AccountsOptions): Promise<Accounts> {
    return new Accounts(options, await AccountFiles.open(options))
  }

  /** Whether any source of accounts is configured, even an empty one. */
  get configured(): boolean {
    return this.#options.htpasswd !== undefined || this.#options.dockerconfigjson !== undefined
  }

  /** The limits of an account, for all its passwords; undefined if there is no such account. */
  limits(name: string): AccountLimits | undefined {
    if (this.#files.hashes.has(name)) return {}
    const entries = this.#files.pullers.get(name)
    return entries && limitsOf(entries)
  }

  /**
   * Checks a password. An unknown account takes as long as a wrong password.
   * @param address of the client
   * @throws RegistryError TOO_MANY_REQUESTS
   */
  async verify(name: string, password: string, address: string): Promise<Principal | undefined> {
    for (;;) {
      const puller = this.#puller(name, (account) => this.#equal(account.password, password))
      if (puller || this.#options.htpasswd === undefined) return puller
      const hash = this.#files.hashes.get(name)
      const isRight = await this.#options.checks.check({
        name,
        password,
        hash: hash ?? this.#decoy(name),
        address,
      })
      // If the file has changed meanwhile, check again: perhaps only the salt has changed.
      if (this.#files.hashes.get(name) === hash)
        return isRight && hash !== undefined ? this.#user(name, hash) : undefined
    }
  }

  /** The account as it is now, unless its password has changed since this credential. */
  find(name: string, credential: string): Principal | undefined {
    const hash = this.#files.hashes.get(name)
    if (hash !== undefined) {
      const user = this.#user(name, hash)
      return user.credential === credential ? user : undefined
    }
    return this.#puller(name, ({ password }) => this.#fingerprint(password) === credential)
  }

  close(): void {
    this.#files.close()
  }

  #fingerprint(credential: string): string {
    const known = this.#fingerprints.get(credential)
    if (known !== undefined) return known
    const made = this.#options.fingerprint(credential)
    this.#fingerprints.set(credential, made)
    return made
  }

  #user(name: string, hash: string): Principal {
    return { name, credential: this.#fingerprint(hash) }
  }

  #puller(name: string, matches: (account: DockerAccount) => boolean): Principal | undefined {
    const [first, ...more] = (this.#files.pullers.get(name) ?? []).filter(matches)
    if (first === undefined) return undefined
    const credential = this.#fingerprint(first.password)
    return { name, credential, ...limitsOf([first, ...more]) }
  }

  /** A hash that costs as much to check as that of some user, always the same one for a name. */
  #decoy(name: string): string {
    const hashes = [...this.#files.hashes.values()]
    const place = createHmac('sha256', this.#secret).update(name).digest().readUInt32BE()
    const cost = hashes[place % Math.max(1, hashes.length)]?.slice(4, 6) ?? STANDARD_COST
    return `$2y$${cost}$${DECOY}`
  }

  #equal(one: string, other: string): boolean {
    const hash = (text: string) => createHmac('sha256', this.#secret).update(text).digest()
    return timingSafeEqual(hash(one), hash(other))
  }
}

/** An entry without a path applies to all repositories. */
function limitsOf(entries: readonly DockerAccount[]): AccountLimits {
  const prefixes = entries.map(({ prefix }) => prefix).filter((prefix) => prefix !== undefined)
  return { puller: true, ...(prefixes.length === entries.length && { prefixes }) }
}
