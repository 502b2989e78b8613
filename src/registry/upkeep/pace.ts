import { setTimeout as sleep } from 'node:timers/promises'

/** Shorter pauses are added up. Milliseconds. */
const SHORTEST_PAUSE = 5

/** Limits background work to a number of units per second, and yields to other work. */
export class Pace {
  readonly #rate: number
  readonly #signal: AbortSignal
  #due = performance.now()

  /** @param rate units per second; 0 for no limit */
  constructor(rate: number, signal: AbortSignal) {
    this.#rate = rate
    this.#signal = signal
  }

  /**
   * To be called after so many units of work.
   * @throws the reason of the signal if the work has to end
   */
  async spend(units: number): Promise<void> {
    this.#signal.throwIfAborted()
    const now = performance.now()
    // Time lost to slow work is not caught up.
    this.#due = Math.max(this.#due, now) + (this.#rate === 0 ? 0 : (units / this.#rate) * 1000)
    const pause = this.#due - now
    if (pause >= SHORTEST_PAUSE) await sleep(pause, undefined, { signal: this.#signal })
    else await new Promise(setImmediate)
  }
}
