import { LRUCache } from 'lru-cache'
import type { Digest } from '../oci/digest.ts'
import type { RegistryContext } from './context.ts'

const MOST_REMEMBERED = 20_000
/** Who finds something is taken note of at most once in this part of the grace. Collection waits for two more of them. */
const TOUCHES_IN_GRACE = 8

/** What collection adds to the grace, because not every find is noted and not every note survives a power cut. */
export function withMargin(grace: number): number {
  return grace + (2 * grace) / TOUCHES_IN_GRACE
}

/**
 * Finds of what collection may be after: a client that asked whether something is there, and was told so, does not push it
 * but names it in a manifest later.
 */
export class AccessTimes {
  readonly #context: RegistryContext
  readonly #interval: number
  /** When something was looked at here last, whether or not there was something to note. */
  readonly #looked = new LRUCache<string, number>({ max: MOST_REMEMBERED })

  /** @param grace milliseconds; 0 notes nothing */
  constructor(context: RegistryContext, grace: number) {
    this.#context = context
    this.#interval = grace / TOUCHES_IN_GRACE
  }

  /** Notes the find of a blob, if collection may be after it; false if it is gone. */
  async touchBlob(repository: string, digest: Digest): Promise<boolean> {
    if (this.#interval === 0) return true
    const name = `${repository}!${digest}`
    if (this.#isRecent(this.#looked.get(name))) return true
    const { blobs } = this.#context.storage.index
    const foundAt = await blobs.usedAt(repository, digest)
    if (this.#isRecent(foundAt)) {
      this.#looked.set(name, foundAt)
      return true
    }
    const time = this.#context.now()
    const isThere = await blobs.touch(repository, digest, time)
    this.#looked.set(name, time)
    return isThere
  }

  /** Notes the find of a manifest by its digest. */
  async touchManifest(repository: string, digest: Digest): Promise<void> {
    const name = `${repository}@${digest}`
    if (this.#interval === 0 || this.#isRecent(this.#looked.get(name))) return
    const time = this.#context.now()
    this.#looked.set(name, time)
    await this.#context.storage.index.manifests.touch(repository, digest, time)
  }

  #isRecent(time: number | undefined): time is number {
    if (time === undefined) return false
    const passed = this.#context.now() - time
    return passed >= 0 && passed < this.#interval
  }
}
