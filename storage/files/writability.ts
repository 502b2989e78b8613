import { RegistryError } from '../../src/oci/errors.ts'
import type { Disk } from './disk.ts'
import type { IndexState } from '../index/state.ts'
import { WRITABLE } from '../keys.ts'

/** Milliseconds that an answer is good for: probes come from several sides. */
const LIFETIME = 1000
/** Enough that a file system must find room for it. */
const BYTES = new Uint8Array(4096)

/** Finds out whether anything can be written: of the index by what it says, of the disk by trying. */
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

  /** Why nothing can be written now; undefined if it can. */
  async reason(): Promise<string | undefined> {
    const { reason } = this.#index.health
    if (reason !== undefined) return reason
    const now = this.#now()
    // A clock that was set back makes an answer old, not eternal.
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
      return error instanceof RegistryError ? error.message : String(error)
    }
  }
}
