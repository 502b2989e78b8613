/** The end of a wait: with what was waited for, or without it. */
type Resolve<T> = (value: T | undefined) => void

/**
 * A queue whose lanes are served in turn, so that a long lane delays only itself. When it is full,
 * the last one in the longest lane is turned away.
 */
export class FairQueue<T> {
  readonly #most: number
  /** The lane that is served next comes first. */
  readonly #lanes = new Map<string, Resolve<T>[]>()
  #size = 0

  constructor(most: number) {
    this.#most = most
  }

  /** Resolves with undefined if the queue is full, or is cleared. */
  wait(lane: string): Promise<T | undefined> {
    return new Promise((resolve) => {
      const waiting = this.#lanes.get(lane) ?? []
      waiting.push(resolve)
      this.#lanes.set(lane, waiting)
      if (++this.#size > this.#most) this.#turnAway()
    })
  }

  /** Ends the wait of the next one; false if nobody waits. */
  serve(value: T): boolean {
    const [next] = this.#lanes
    if (!next) return false
    const [lane, waiting] = next
    const resolve = waiting.shift()!
    this.#size--
    this.#lanes.delete(lane)
    if (waiting.length > 0) this.#lanes.set(lane, waiting)
    resolve(value)
    return true
  }

  clear(): void {
    const all = [...this.#lanes.values()].flat()
    this.#lanes.clear()
    this.#size = 0
    for (const resolve of all) resolve(undefined)
  }

  #turnAway(): void {
    const longest = [...this.#lanes].reduce((one, other) =>
      other[1].length > one[1].length ? other : one,
    )
    const [lane, waiting] = longest
    const resolve = waiting.pop()!
    this.#size--
    if (waiting.length === 0) this.#lanes.delete(lane)
    resolve(undefined)
  }
}
