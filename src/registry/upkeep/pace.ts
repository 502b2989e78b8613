import { setTimeout as sleep } from 'node:timers/promises'

/** Shorter pauses are saved up. Milliseconds. */
const SHORTEST_PAUSE = 5

/** Holds work in the background to so many units a second, and lets others have their turn. */
export class Pace {
  readonly #rate: number
  readonly #signal: AbortSignal
  #due = performance.now()

  /** @param rate units a second; 0 for no limit */
  constructor(rate: number, signal: AbortSignal) {
    this.#rate = rate
    this.#signal = signal
  }

  /** To be called after so many units. Throws if the work is to end. */
  async spend(units: number): Promise<void> {
    this.#signal.throwIfAborted()
    const now = performance.now()
    // What was slow is not made up for.
    this.#due = Math.max(this.#due, now) + (this.#rate === 0 ? 0 : (units / this.#rate) * 1000)
    const pause = this.#due - now
    if (pause >= SHORTEST_PAUSE) await sleep(pause, undefined, { signal: this.#signal })
    else await new Promise(setImmediate)
  }
}
