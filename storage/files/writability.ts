import { messageOf } from '../../src/base/errno.ts'
import type { Disk } from './disk.ts'
import type { IndexState } from '../index/state.ts'
import { WRITABLE } from '../keys.ts'

/** Milliseconds for which a result is reused, since several systems may probe. */
const LIFETIME = 1000
/** So many that a file system has to allocate space for them. */
const BYTES = new Uint8Array(4096)

/**
 * Checks whether the store takes writes: asks the index for its health, and tries a write on the
 * disk.
 */
export class Writability {
  readonly #index: Pick<IndexState, 'health'>
  readonly #disk: Disk
  readonly #now: () => number
  #tried: { at: number; reason: Promise<string | undefined> } | undefined

  constructor(index: Pick<IndexState, 'health'>, disk: Disk, now: () => number = Date.now) {
    this.#index = index
    this.#disk = disk
    this.#now = now
  }

  /** Why the store takes no writes now; undefined if it does. */
  async reason(): Promise<string | undefined> {
    const { reason } = this.#index.health
    if (reason !== undefined) return reason
    const now = this.#now()
    // An absolute difference, so that a clock that was set back does not keep a result for long.
    if (this.#tried === undefined || Math.abs(now - this.#tried.at) >= LIFETIME)
      this.#tried = { at: now, reason: this.#try() }
    return this.#tried.reason
  }

  async #try(): Promise<string | undefined> {
    try {
      const file = await this.#disk.create(WRITABLE)
      try {
        await file.append(BYTES)
      } finally {
        await file.close()
        await this.#disk.unlink(WRITABLE)
      }
      return undefined
    } catch (error) {
      return messageOf(error)
    }
  }
}
