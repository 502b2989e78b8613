import { LRUCache } from 'lru-cache'
import type { Digest } from '../oci/digest.ts'
import { anyPattern, type Matcher } from '../base/patterns.ts'
import type { RegistryContext } from './context.ts'
import type { RegistrySettings } from './settings.ts'

const MOST_REMEMBERED = 20_000
/** Reads refresh the age of content at most once in this part of the grace. */
const TOUCHES_PER_GRACE = 8

/**
 * The age at which the collector deletes content: the grace, and a margin for reads that were not
 * recorded and records that were lost in a power cut.
 * @param grace milliseconds
 */
export function withMargin(grace: number): number {
  return grace + (2 * grace) / TOUCHES_PER_GRACE
}

/**
 * Records reads of unreferenced content, so that it is not collected: a client that asked whether a
 * blob is there, and got the answer that it is, does not push it but refers to it in a manifest
 * later.
 */
export class AccessTimes {
  readonly #context: RegistryContext
  readonly #interval: number
  /** Whether untagged manifests of the repository are collected. */
  readonly #collectsUntagged: Matcher
  /** The time of the last read that was looked at here, whether or not it had to be recorded. */
  readonly #touched = new LRUCache<string, number>({ max: MOST_REMEMBERED })

  constructor(context: RegistryContext, { grace, untaggedRepositories }: RegistrySettings['gc']) {
    this.#context = context
    this.#interval = grace / TOUCHES_PER_GRACE
    this.#collectsUntagged = anyPattern(untaggedRepositories)
  }

  /** Records the read of a blob, if it is unreferenced; false if the blob is gone. */
  async touchBlob(repository: string, digest: Digest): Promise<boolean> {
    if (this.#interval === 0) return true
    const name = `${repository}!${digest}`
    if (this.#isRecent(this.#touched.get(name))) return true
    const { blobs } = this.#context.storage.index
    const usedAt = await blobs.usedAt(repository, digest)
    if (this.#isRecent(usedAt)) {
      this.#touched.set(name, usedAt)
      return true
    }
    const time = this.#context.now()
    const isThere = await blobs.touch(repository, digest, time)
    this.#touched.set(name, time)
    return isThere
  }

  /** Records the read of a manifest by its digest, if it may be collected. */
  async touchManifest(repository: string, digest: Digest): Promise<void> {
    if (this.#interval === 0 || !this.#collectsUntagged(repository)) return
    const name = `${repository}@${digest}`
    if (this.#isRecent(this.#touched.get(name))) return
    const time = this.#context.now()
    this.#touched.set(name, time)
    await this.#context.storage.index.manifests.touch(repository, digest, time)
  }

  #isRecent(time: number | undefined): time is number {
    if (time === undefined) return false
    const passed = this.#context.now() - time
    return passed >= 0 && passed < this.#interval
  }
}
