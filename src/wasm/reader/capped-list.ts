/** A list of which everything was counted and the first entries were kept. */
export interface Listed<T> {
  /** How many there are; exact, unless the part is named in `partlyRead`. */
  readonly total: number
  readonly items: readonly T[]
}

const utf8 = new TextEncoder()

/** Most texts are ASCII, and encoding takes ten times as long as seeing that. */
function utf8Length(text: string): number {
  // oxlint-disable-next-line no-control-regex -- all of ASCII
  return /^[\u0000-\u007f]*$/.test(text) ? text.length : utf8.encode(text).length
}

/** Keeps what comes first, bounded in entries and in bytes of JSON; counts everything. */
export class CappedList<T> {
  readonly #items: T[] = []
  readonly #kept = new Set<T>()
  readonly #entries: number
  #bytes: number
  #total = 0

  constructor([entries, bytes]: readonly [entries: number, bytes: number]) {
    this.#entries = entries
    this.#bytes = bytes
  }

  get total(): number {
    return this.#total
  }

  push(item: T): void {
    this.#total++
    // Once an entry did not fit none is kept, so that what is kept is a beginning without gaps.
    if (this.#items.length < this.#total - 1 || this.#items.length === this.#entries) return
    const bytes = utf8Length(JSON.stringify(item)) + 1
    if (bytes > this.#bytes) return
    this.#bytes -= bytes
    this.#items.push(item)
  }

  /** Like push, but what is already kept is not counted again: beyond what is kept the total is an upper bound. */
  add(item: T): void {
    if (this.#kept.has(item)) return
    this.push(item)
    if (this.#items.at(-1) === item) this.#kept.add(item)
  }

  list(): Listed<T> {
    return { total: this.#total, items: this.#items }
  }
}
