import { lastPart, rowKey, SEQUENCE } from '../keys.ts'

/** A number in the store, with the bytes that had been written up to it. */
interface Numbered {
  readonly number: number
  readonly bytes: number
}

/**
 * Numbers the synced batches: each batch contains a row with its number. LevelDB silently skips
 * damaged records of its log, and then a number is missing when the store is opened.
 */
export class BatchNumbers {
  readonly #window: number
  #last = 0
  #kept: Numbered[] = []
  #bytes = 0

  /**
   * @param window most bytes in LevelDB's logs: only among the batches of the last so many bytes
   *   can a number be missing
   */
  constructor(window: number) {
    this.#window = window
  }

  /**
   * Starts from the rows of a store that was opened. Returns the first missing numbers, as `4 to
   * 5`, if there are any.
   */
  begin(keys: readonly string[]): string | undefined {
    const numbers = keys.map((key) => Number(lastPart(key)))
    this.#last = numbers.at(-1) ?? 0
    this.#bytes = 0
    // Opening moved the logs into tables, so the next batches can delete all numbers but the last.
    this.#kept = numbers.map((number) => ({ number, bytes: -this.#window }))
    const gap = numbers.findIndex(
      (number, position) => position > 0 && number !== numbers[position - 1]! + 1,
    )
    return gap === -1 ? undefined : `${numbers[gap - 1]! + 1} to ${numbers[gap]! - 1}`
  }

  /** The key of the next batch's row. */
  get next(): string {
    return keyOf(this.#last + 1)
  }

  /**
   * Keys of rows that can no longer be in a log, to be deleted with the next batch. The last number
   * always stays.
   */
  get outdated(): string[] {
    return this.#outdated().map(({ number }) => keyOf(number))
  }

  /**
   * A batch of so many bytes was written; a numbered one with the row {@link next} and without
   * {@link outdated}.
   */
  wrote(bytes: number, numbered: boolean): void {
    const gone = numbered ? this.#outdated().length : 0
    this.#bytes += bytes
    if (!numbered) return
    this.#kept.splice(0, gone)
    this.#kept.push({ number: ++this.#last, bytes: this.#bytes })
  }

  #outdated(): Numbered[] {
    const kept = this.#kept.findIndex(({ bytes }) => bytes > this.#bytes - this.#window)
    return this.#kept.slice(0, kept === -1 ? -1 : kept)
  }
}

function keyOf(number: number): string {
  return rowKey(SEQUENCE, number.toString().padStart(16, '0'))
}
