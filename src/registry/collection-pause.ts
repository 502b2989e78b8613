import { randomUUID } from 'node:crypto'
import type { Leases } from '../../storage/index/leases.ts'
import type { Log } from '../base/log.ts'

/**
 * Milliseconds. Renewed three times in this time; after a crash of the holder the pause lasts no
 * longer.
 */
const LEASE_LENGTH = 60_000

/**
 * While this is held, collection deletes nothing: every key that the Index has, or gets, keeps its
 * bytes. For backups and other work that reads the bytes of a whole store.
 */
export class CollectionPause {
  readonly #leases: Leases
  readonly #now: () => number
  readonly #log: Log
  readonly #id = randomUUID()
  #timer: NodeJS.Timeout | undefined
  #renewing: Promise<void> = Promise.resolve()
  #expired = false

  private constructor(leases: Leases, now: () => number, log: Log) {
    this.#leases = leases
    this.#now = now
    this.#log = log
  }

  /** @param holder the work that needs the pause, as a name for operators, such as "backup" */
  static async take(
    leases: Leases,
    holder: string,
    { now, log }: { now: () => number; log: Log },
  ): Promise<CollectionPause> {
    const pause = new CollectionPause(leases, now, log)
    await leases.take({ kind: 'removals', id: pause.#id, holder, ...pause.#times() })
    pause.#timer = setInterval(() => {
      pause.#renewing = pause.#renewing.then(() => pause.#renew())
    }, LEASE_LENGTH / 3).unref()
    return pause
  }

  /** Whether collection has been paused all the time so far, as far as is known. */
  get unbroken(): boolean {
    return !this.#expired
  }

  /**
   * Ends the pause. False if the lease had expired in between (a suspended process, a clock that
   * was set): then content may have been deleted meanwhile.
   */
  async release(): Promise<boolean> {
    clearInterval(this.#timer)
    await this.#renewing
    const isHeld = await this.#leases.release('removals', this.#id)
    return isHeld && !this.#expired
  }

  async #renew(): Promise<void> {
    try {
      const times = this.#times()
      this.#expired ||= !(await this.#leases.renew({ kind: 'removals', id: this.#id, ...times }))
    } catch (error) {
      // The next attempt may succeed; if none does, the lease expires, and `release` returns false.
      this.#log.warn({ err: error }, 'the lease that pauses collection could not be renewed')
    }
  }

  #times(): { renewedAt: number; expiresAt: number } {
    const renewedAt = this.#now()
    return { renewedAt, expiresAt: renewedAt + LEASE_LENGTH }
  }
}
