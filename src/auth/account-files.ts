import { ADMIN_KEY_ACCOUNT } from '../api/access-tokens.ts'
import { messageOf } from '../base/errno.ts'
import type { Log } from '../base/log.ts'
import { type DockerAccount, parseDockerConfig } from './docker-config.ts'
import { parseHtpasswd } from './htpasswd.ts'
import { readText, watchText } from '../base/watched-file.ts'

export interface AccountFilesOptions {
  /** Paths; undefined if the source is not configured. */
  readonly htpasswd?: string | undefined
  readonly dockerconfigjson?: string | undefined
  /** Names of this registry, as {@link parseKey} returns them. */
  readonly hosts: ReadonlySet<string>
  readonly log: Log
}

interface Lists {
  /** bcrypt hashes by user. */
  readonly hashes: ReadonlyMap<string, string>
  /** Entries of the dockerconfigjson by user. */
  readonly pullers: ReadonlyMap<string, readonly DockerAccount[]>
}

type Source = keyof Lists

/**
 * The accounts of the configured files. A file that changes is read again; if it is invalid, the
 * accounts stay as they are.
 */
export class AccountFiles {
  readonly #options: AccountFilesOptions
  readonly #stops: (() => void)[] = []
  #lists: Lists = { hashes: new Map(), pullers: new Map() }
  /** Lists of changed files that have a user of the other file. */
  #conflicting: Partial<Lists> = {}

  private constructor(options: AccountFilesOptions) {
    this.#options = options
  }

  /**
   * Reads the configured files and watches them.
   * @throws Error if a configured source is invalid or cannot be read
   */
  static async open(options: AccountFilesOptions): Promise<AccountFiles> {
    const files = new AccountFiles(options)
    const { htpasswd, dockerconfigjson } = options
    try {
      await files.#open('hashes', 'auth.htpasswd', htpasswd, parseHtpasswd)
      await files.#open('pullers', 'auth.dockerconfigjson', dockerconfigjson, (text) =>
        files.#readPullers(text),
      )
      return files
    } catch (error) {
      files.close()
      throw error
    }
  }

  get hashes(): Lists['hashes'] {
    return this.#lists.hashes
  }

  get pullers(): Lists['pullers'] {
    return this.#lists.pullers
  }

  close(): void {
    for (const stop of this.#stops) stop()
  }

  async #open<Name extends Source>(
    name: Name,
    key: string,
    path: string | undefined,
    read: (text: string) => Lists[Name],
  ): Promise<void> {
    if (path === undefined) return
    const format = (error: unknown) => `${key}: ${path}: ${messageOf(error)}`
    const failed = (error: unknown) =>
      this.#options.log.error(
        { reason: format(error) },
        'a changed account file is invalid: the accounts stay as they are',
      )
    const changed = (text: string) => {
      try {
        this.#replace(name, read, text)
        this.#options.log.info({ source: key }, 'reloaded accounts')
      } catch (error) {
        failed(error)
      }
    }
    this.#stops.push(watchText(path, changed, failed))
    try {
      this.#replace(name, read, await readText(path))
    } catch (error) {
      throw new Error(format(error), { cause: error })
    }
  }

  /**
   * Replaces the list of one file. A user may move from one file to the other: together the two
   * changes are valid, but each alone has the user twice or not at all.
   */
  #replace<Name extends Source>(
    name: Name,
    read: (text: string) => Lists[Name],
    text: string,
  ): void {
    const { [name]: _, ...conflicting } = this.#conflicting
    this.#conflicting = conflicting
    const list = read(text)
    if (list.has(ADMIN_KEY_ACCOUNT)) {
      throw new Error(
        `the user name ${ADMIN_KEY_ACCOUNT} is that of the admin key in logs: choose another`,
      )
    }
    const now = { ...this.#lists, [name]: list }
    const merged = { ...now, ...conflicting }
    const duplicate = userInBoth(now)
    if (userInBoth(merged) === undefined) {
      this.#lists = merged
      this.#conflicting = {}
    } else if (duplicate === undefined) this.#lists = now
    else {
      this.#conflicting = { ...conflicting, [name]: now[name] }
      throw new Error(
        `the user ${duplicate} is in auth.htpasswd and in auth.dockerconfigjson: keep one`,
      )
    }
  }

  #readPullers(text: string): Lists['pullers'] {
    const { log, hosts } = this.#options
    const { accounts, skipped } = parseDockerConfig(text, hosts)
    const pullers = new Map<string, DockerAccount[]>()
    for (const account of accounts)
      pullers.set(account.username, [...(pullers.get(account.username) ?? []), account])
    for (const { key, why } of skipped)
      log.warn({ key, why }, 'skipped an entry of auth.dockerconfigjson')
    if (pullers.size === 0) {
      log.warn({ hosts: [...hosts] }, 'auth.dockerconfigjson has no account for this registry')
    }
    return pullers
  }
}

function userInBoth({ hashes, pullers }: Lists): string | undefined {
  return [...hashes.keys()].find((name) => pullers.has(name))
}
