import { lastPart, rowKey, SEQUENCE } from '../keys.ts'

/** A number still in the store, with the bytes written up to it. */
interface Numbered {
  readonly number: number
  readonly bytes: number
}

/**
 * Numbers of synced batches, each a row that is written with its batch. Level silently skips damaged records of its log:
 * then a number is missing at the next open.
 */
export class BatchNumbers {
  readonly #window: number
  #last = 0
  #kept: Numbered[] = []
  #bytes = 0

  /** @param window bytes that Level may have in its logs: a number may be missing only among those of the last so many */
  constructor(window: number) {
    this.#window = window
  }

  /** Begins with the rows that a store has when it is opened. Tells which numbers are missing, as `4 to 5`. */
  begin(keys: readonly string[]): string | undefined {
    const numbers = keys.map((key) => Number(lastPart(key)))
    this.#last = numbers.at(-1) ?? 0
    this.#bytes = 0
    // All that was in the logs is in tables now, so all but the last number can go with the next batches.
    this.#kept = numbers.map((number) => ({ number, bytes: -this.#window }))
    const gap = numbers.findIndex(
      (number, position) => position > 0 && number !== numbers[position - 1]! + 1,
    )
    return gap === -1 ? undefined : `${numbers[gap - 1]! + 1} to ${numbers[gap]! - 1}`
  }

  /** The row of the next batch. */
  get next(): string {
    return keyOf(this.#last + 1)
  }

  /** Rows that can no longer be in a log. The last one stays, so that counting goes on from it. */
  get outdated(): string[] {
    return this.#outdated().map(({ number }) => keyOf(number))
  }

  /** A batch of so many bytes was written; if it was a numbered one, with {@link next} and without {@link outdated}. */
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
