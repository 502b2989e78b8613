/** The first entries of a list, with the count of all. */
export interface CountedList<T> {
  /** The number of all entries; exact, unless the part is named in `partlyRead`. */
  readonly total: number
  readonly items: readonly T[]
}

const utf8 = new TextEncoder()
/**
 * The longest JSON of a character (`\\u001f`) and of a number, boolean or null
 * (`-1.7976931348623157e+308`).
 */
const LONGEST_CHARACTER = 6
const LONGEST_NUMBER = 24

/** Bytes of JSON in UTF-8. */
function lengthOf(item: unknown): number {
  const text = JSON.stringify(item)
  // Most texts are ASCII, and this check takes a tenth of the time of encoding them.
  // oxlint-disable-next-line no-control-regex -- all of ASCII
  return /^[\u0000-\u007f]*$/.test(text) ? text.length : utf8.encode(text).length
}

/** An upper bound of {@link lengthOf}, in a tenth of its time. */
function mostLengthOf(item: unknown): number {
  if (typeof item === 'string') return LONGEST_CHARACTER * item.length + 2
  if (typeof item !== 'object' || item === null) return LONGEST_NUMBER
  let length = 2
  for (const key in item)
    length += mostLengthOf(key) + mostLengthOf(item[key as keyof typeof item]) + 2
  return length
}

/** Keeps the first entries, bounded by number and by bytes of JSON, and counts all. */
export class CappedList<T> {
  readonly #items: T[] = []
  readonly #entries: number
  readonly #bytes: number
  #kept: Set<T> | undefined
  /** Bytes of JSON of the items, or more. */
  #used = 0
  #exact = false
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
    // Once an entry did not fit, no later one is kept, so that the kept ones have no gaps.
    if (this.#items.length < this.#total - 1 || this.#items.length === this.#entries) return
    const used = this.#usedWith(item)
    if (used > this.#bytes) return
    this.#used = used
    this.#items.push(item)
  }

  /**
   * Like push, but does not count an entry again that is kept already. Other entries may count more
   * than once, so the total is an upper bound.
   */
  add(item: T): void {
    this.#kept ??= new Set()
    if (this.#kept.has(item)) return
    this.push(item)
    if (this.#items.at(-1) === item) this.#kept.add(item)
  }

  /**
   * The exact length is measured only when the upper bound does not fit, because most files have
   * few entries.
   */
  #usedWith(item: T): number {
    if (!this.#exact) {
      const most = this.#used + mostLengthOf(item) + 1
      if (most <= this.#bytes) return most
      this.#exact = true
      this.#used = this.#items.reduce((sum, kept) => sum + lengthOf(kept) + 1, 0)
    }
    return this.#used + lengthOf(item) + 1
  }

  list(): CountedList<T> {
    return { total: this.#total, items: this.#items }
  }
}
