import { LRUCache } from 'lru-cache'
import type { KeyValue } from './key-value.ts'

const MOST_ROWS = 10_000

/**
 * Rows read lately, as the objects they mean: reading and parsing them again costs more than the rest of a warm answer.
 * Whoever writes to the store calls {@link forget} when the write is done and before anybody is told of it.
 */
export class RowCache {
  readonly #store: KeyValue
  readonly #rows = new LRUCache<string, object>({ max: MOST_ROWS })

  constructor(store: KeyValue) {
    this.#store = store
  }

  /** The same object every time, until the row changes. */
  read<T extends object>(key: string, decode: (bytes: Uint8Array) => T): T | undefined {
    const known = this.#rows.get(key)
    if (known) return known as T
    const bytes = this.#store.get(key)
    if (bytes === undefined) return undefined
    const row = decode(bytes)
    this.#rows.set(key, row)
    return row
  }

  forget(keys: Iterable<string>): void {
    for (const key of keys) this.#rows.delete(key)
  }
}
