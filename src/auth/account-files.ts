import { messageOf } from '../base/errno.ts'
import type { Log } from '../base/log.ts'
import { type DockerAccount, readDockerConfig } from './docker-config.ts'
import { readHtpasswd } from './htpasswd.ts'
import { readText, watchText } from '../base/watched-file.ts'

export interface AccountFilesOptions {
  /** Paths; absent where the source is not configured. */
  readonly htpasswd?: string | undefined
  readonly dockerconfigjson?: string | undefined
  /** host[:port] under which clients know this registry, lower case. */
  readonly hosts: ReadonlySet<string>
  readonly log: Log
}

interface Lists {
  /** User → bcrypt hash. */
  readonly hashes: ReadonlyMap<string, string>
  readonly pullers: ReadonlyMap<string, readonly DockerAccount[]>
}

type Source = keyof Lists

/** The accounts of the configured files. A file that changes is read again; one that breaks leaves the accounts as they were. */
export class AccountFiles {
  readonly #options: AccountFilesOptions
  readonly #stops: (() => void)[] = []
  #lists: Lists = { hashes: new Map(), pullers: new Map() }
  /** What changed files said that did not go together with the other one. */
  #refused: Partial<Lists> = {}

  private constructor(options: AccountFilesOptions) {
    this.#options = options
  }

  /**
   * Reads the configured files and watches them.
   * @throws Error for the operator: a source that cannot be read stops the start
   */
  static async open(options: AccountFilesOptions): Promise<AccountFiles> {
    const files = new AccountFiles(options)
    const { htpasswd, dockerconfigjson } = options
    try {
      await files.#open('hashes', 'auth.htpasswd', htpasswd, readHtpasswd)
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
    const explain = (error: unknown) => `${key}: ${path}: ${messageOf(error)}`
    const failed = (error: unknown) =>
      this.#options.log.error(
        { reason: explain(error) },
        'a changed file of accounts cannot be used: the accounts stay as they were',
      )
    const changed = (text: string) => {
      try {
        this.#take(name, read, text)
        this.#options.log.info({ source: key }, 'the accounts were read again')
      } catch (error) {
        failed(error)
      }
    }
    this.#stops.push(watchText(path, changed, failed))
    try {
      this.#take(name, read, await readText(path))
    } catch (error) {
      throw new Error(explain(error), { cause: error })
    }
  }

  /** A user may move from one file to the other: then both changes are right, but each alone has the user twice or never. */
  #take<Name extends Source>(name: Name, read: (text: string) => Lists[Name], text: string): void {
    const { [name]: _, ...refused } = this.#refused
    this.#refused = refused
    const now = { ...this.#lists, [name]: read(text) }
    const together = { ...now, ...refused }
    const twice = userInBoth(now)
    if (userInBoth(together) === undefined) {
      this.#lists = together
      this.#refused = {}
    } else if (twice === undefined) this.#lists = now
    else {
      this.#refused = { ...refused, [name]: now[name] }
      throw new Error(
        `the user ${twice} is in auth.htpasswd and in auth.dockerconfigjson: keep one`,
      )
    }
  }

  #readPullers(text: string): Lists['pullers'] {
    const { log, hosts } = this.#options
    const { accounts, skipped } = readDockerConfig(text, hosts)
    const pullers = new Map<string, DockerAccount[]>()
    for (const account of accounts)
      pullers.set(account.username, [...(pullers.get(account.username) ?? []), account])
    for (const { key, why } of skipped)
      log.warn({ key, why }, 'an entry of auth.dockerconfigjson is passed over')
    if (pullers.size === 0) {
      log.warn(
        { hosts: [...hosts] },
        'auth.dockerconfigjson has no account for this registry: nobody can log in by it',
      )
    }
    return pullers
  }
}

function userInBoth({ hashes, pullers }: Lists): string | undefined {
  return [...hashes.keys()].find((name) => pullers.has(name))
}
