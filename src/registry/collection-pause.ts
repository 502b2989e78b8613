import { randomUUID } from 'node:crypto'
import type { Leases } from '../../storage/index/leases.ts'
import type { Log } from '../base/log.ts'

/** Milliseconds. Renewed three times in this: what holds removals up and ended without a word does so no longer. */
const LEASE_LENGTH = 60_000

/**
 * Removals are suspended for as long as this is held: every key that the Index names from now on, or names now, keeps its
 * bytes. For backups and whatever else reads the bytes of a whole store.
 */
export class CollectionPause {
  readonly #leases: Leases
  readonly #now: () => number
  readonly #log: Log
  readonly #id = randomUUID()
  #timer: NodeJS.Timeout | undefined
  #renewing: Promise<void> = Promise.resolve()
  #lost = false

  private constructor(leases: Leases, now: () => number, log: Log) {
    this.#leases = leases
    this.#now = now
    this.#log = log
  }

  /** @param holder who suspends removals and what for, for people */
  static async take(
    leases: Leases,
    holder: string,
    { now, log }: { now: () => number; log: Log },
  ): Promise<CollectionPause> {
    const held = new CollectionPause(leases, now, log)
    await leases.take({ kind: 'removals', id: held.#id, holder, ...held.#times() })
    held.#timer = setInterval(() => {
      held.#renewing = held.#renewing.then(() => held.#renew())
    }, LEASE_LENGTH / 3).unref()
    return held
  }

  /** Whether removals were suspended all the time so far, as far as is known. */
  get unbroken(): boolean {
    return !this.#lost
  }

  /**
   * Ends it. False if the lease had run out in between (a process that stood still, a clock that was set): then something
   * may be gone that was there when it began.
   */
  async release(): Promise<boolean> {
    clearInterval(this.#timer)
    await this.#renewing
    const held = await this.#leases.release('removals', this.#id)
    return held && !this.#lost
  }

  async #renew(): Promise<void> {
    try {
      const times = this.#times()
      this.#lost ||= !(await this.#leases.renew({ kind: 'removals', id: this.#id, ...times }))
    } catch (error) {
      // The next one may work; if none does, the lease runs out and whoever ends it is told.
      this.#log.warn({ err: error }, 'the lease that suspends removals could not be renewed')
    }
  }

  #times(): { renewedAt: number; expiresAt: number } {
    const renewedAt = this.#now()
    return { renewedAt, expiresAt: renewedAt + LEASE_LENGTH }
  }
}
