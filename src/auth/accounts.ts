import { readFile } from 'node:fs/promises'
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Log } from '../oci/log.ts'
import { type DockerAccount, readDockerConfig } from './docker-config.ts'
import { readHtpasswd } from './htpasswd.ts'
import type { PasswordChecks } from './password-checks.ts'
import type { Principal } from './principal.ts'
import { watchText } from './watched-file.ts'

export interface AccountsOptions {
  /** Paths; absent where the source is not configured. */
  readonly htpasswd?: string | undefined
  readonly dockerconfigjson?: string | undefined
  /** host[:port] under which clients know this registry, lower case. */
  readonly hosts: ReadonlySet<string>
  /** A keyed hash of a credential, short enough for a token and useless for guessing. */
  readonly fingerprint: (credential: string) => string
  readonly checks: PasswordChecks
  readonly log: Log
}

/** A bcrypt hash of a password nobody knows: checked for users that are unknown, so that they take as long. */
const NOBODY = '$2y$10$abcdefghijklmnopqrstuuO6XPFvsCwT9dBAjMfmy6gIyD0BdzL7i'

/** The accounts of the configured files. A file that changes is read again; one that breaks leaves the accounts as they were. */
export class Accounts {
  readonly #options: AccountsOptions
  readonly #secret = randomBytes(32)
  readonly #stops: (() => void)[] = []
  #hashes: ReadonlyMap<string, string> = new Map()
  #pullers: ReadonlyMap<string, readonly DockerAccount[]> = new Map()

  private constructor(options: AccountsOptions) {
    this.#options = options
  }

  /**
   * Reads the configured files and watches them.
   * @throws Error for the operator: a source that cannot be read stops the start
   */
  static async open(options: AccountsOptions): Promise<Accounts> {
    const accounts = new Accounts(options)
    await accounts.#source('auth.htpasswd', options.htpasswd, (text) => accounts.#setHashes(text))
    await accounts.#source('auth.dockerconfigjson', options.dockerconfigjson, (text) =>
      accounts.#setPullers(text),
    )
    return accounts
  }

  /** Whether there is any source of accounts, be it empty. */
  get configured(): boolean {
    return this.#options.htpasswd !== undefined || this.#options.dockerconfigjson !== undefined
  }

  has(name: string): boolean {
    return this.#hashes.has(name) || this.#pullers.has(name)
  }

  /**
   * The account, if the password is right. An unknown account takes as long as a wrong password.
   * @throws RegistryError TOO_MANY_REQUESTS
   */
  async verify(name: string, password: string): Promise<Principal | undefined> {
    const puller = this.#puller(name, (account) => this.#equal(account.password, password))
    if (puller) return puller
    if (this.#options.htpasswd === undefined) return undefined
    const hash = this.#hashes.get(name)
    const right = await this.#options.checks.check(password, hash ?? NOBODY)
    return right && hash !== undefined && this.#hashes.get(name) === hash
      ? this.#user(name, hash)
      : undefined
  }

  /** The account as it is now, if its password is still the one of that fingerprint. */
  find(name: string, credential: string): Principal | undefined {
    const hash = this.#hashes.get(name)
    if (hash !== undefined) {
      const user = this.#user(name, hash)
      return user.credential === credential ? user : undefined
    }
    return this.#puller(name, ({ password }) => this.#options.fingerprint(password) === credential)
  }

  close(): void {
    for (const stop of this.#stops) stop()
  }

  #user(name: string, hash: string): Principal {
    return { name, credential: this.#options.fingerprint(hash) }
  }

  #puller(name: string, fits: (account: DockerAccount) => boolean): Principal | undefined {
    const fitting = (this.#pullers.get(name) ?? []).filter(fits)
    const first = fitting[0]
    if (first === undefined) return undefined
    const prefixes = fitting.map(({ prefix }) => prefix).filter((prefix) => prefix !== undefined)
    return {
      name,
      credential: this.#options.fingerprint(first.password),
      puller: true,
      ...(prefixes.length === fitting.length && { prefixes }),
    }
  }

  #equal(one: string, other: string): boolean {
    const hash = (text: string) => createHmac('sha256', this.#secret).update(text).digest()
    return timingSafeEqual(hash(one), hash(other))
  }

  #setHashes(text: string): void {
    const hashes = readHtpasswd(text)
    refuseTwice(hashes.keys(), this.#pullers)
    this.#hashes = hashes
  }

  #setPullers(text: string): void {
    const { accounts, skipped } = readDockerConfig(text, this.#options.hosts)
    const pullers = new Map<string, DockerAccount[]>()
    for (const account of accounts)
      pullers.set(account.username, [...(pullers.get(account.username) ?? []), account])
    refuseTwice(pullers.keys(), this.#hashes)
    this.#pullers = pullers
    for (const { key, why } of skipped)
      this.#options.log.warn({ key, why }, 'an entry of auth.dockerconfigjson is passed over')
    if (pullers.size === 0) {
      this.#options.log.warn(
        { hosts: [...this.#options.hosts] },
        'auth.dockerconfigjson has no account for this registry: nobody can log in by it',
      )
    }
  }

  async #source(key: string, path: string | undefined, set: (text: string) => void): Promise<void> {
    if (path === undefined) return
    const explain = (error: unknown) =>
      `${key}: ${path}: ${error instanceof Error ? error.message : String(error)}`
    try {
      set(await readFile(path, 'utf8'))
    } catch (error) {
      throw new Error(explain(error), { cause: error })
    }
    const failed = (error: unknown) =>
      this.#options.log.error(
        { reason: explain(error) },
        'a changed file of accounts cannot be used: the accounts stay as they were',
      )
    const changed = (text: string) => {
      try {
        set(text)
        this.#options.log.info({ source: key }, 'the accounts were read again')
      } catch (error) {
        failed(error)
      }
    }
    this.#stops.push(watchText(path, changed, failed))
  }
}

function refuseTwice(names: Iterable<string>, others: ReadonlyMap<string, unknown>): void {
  for (const name of names) {
    if (others.has(name))
      throw new Error(`the user ${name} is in auth.htpasswd and in auth.dockerconfigjson: keep one`)
  }
}
