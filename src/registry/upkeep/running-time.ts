/**
 * Begin and end of a time in which the registry ran, by the wall clock; milliseconds since 1970.
 */
export type Stretch = readonly [begin: number, end: number]

export interface Clocks {
  /** The wall clock, in milliseconds since 1970: it may be set. */
  readonly now: () => number
  /** A monotonic clock in milliseconds, which stands still while the machine sleeps. */
  readonly steady: () => number
}

/**
 * Corrections of the wall clock up to these milliseconds plus this part of the elapsed time are
 * ignored.
 */
const TOLERANCE = 2_000
const TOLERATED_PART = 0.01
const MOST_STRETCHES = 100

/**
 * How long the registry has run since a moment of the wall clock, over restarts. Time in which it
 * did not run does not count, nor does time that passed only because the clock was set: clients
 * could not use the registry in that time.
 */
export class RunningTime {
  readonly #clocks: Clocks
  #stretches: Stretch[]
  #last: { readonly wall: number; readonly steady: number } | undefined

  /** @param stretches the {@link stretches} of earlier processes */
  constructor(clocks: Clocks, stretches: readonly Stretch[]) {
    this.#clocks = clocks
    this.#stretches = [...stretches]
    this.tick()
  }

  /**
   * Counts the time since the last call. To be called often: time after the last call is lost with
   * the process.
   */
  tick(): void {
    const [wall, steady] = [this.#clocks.now(), this.#clocks.steady()]
    const passed = this.#last && steady - this.#last.steady
    const difference = this.#last ? wall - this.#last.wall - passed! : Number.NaN
    this.#last = { wall, steady }
    if (Math.abs(difference) <= TOLERANCE + TOLERATED_PART * (passed ?? 0)) {
      const [begin] = this.#stretches.at(-1)!
      this.#stretches[this.#stretches.length - 1] = [Math.min(begin, wall), wall]
      return
    }
    // After the clock was set back, the time beyond counts when it is reached again.
    const before = this.#stretches
      .filter(([begin]) => begin < wall)
      .map(([begin, end]): Stretch => [begin, Math.min(end, wall)])
    this.#stretches = [...before, [wall, wall] as const].slice(-MOST_STRETCHES)
  }

  /**
   * The latest moment since which the registry has run for so many milliseconds; undefined if there
   * is none.
   */
  ago(milliseconds: number): number | undefined {
    let missing = milliseconds
    for (const [begin, end] of this.#stretches.toReversed()) {
      if (end - begin >= missing) return end - missing
      missing -= end - begin
    }
    return undefined
  }

  get stretches(): readonly Stretch[] {
    return this.#stretches
  }
}
