import { LRUCache } from 'lru-cache'
import type { KeyValue } from './key-value.ts'

const MOST_ROWS = 10_000

/**
 * Recently read rows as parsed objects: reading and parsing a row again costs more than the rest of
 * a warm answer. After each write, and before anybody learns of it, {@link invalidate} has to be
 * called with its keys.
 */
export class RowCache {
  readonly #store: KeyValue
  readonly #rows = new LRUCache<string, object>({ max: MOST_ROWS })

  constructor(store: KeyValue) {
    this.#store = store
  }

  /** Returns the same object every time, until the row changes. */
  read<T extends object>(key: string, decode: (bytes: Uint8Array) => T): T | undefined {
    const known = this.#rows.get(key)
    if (known) return known as T
    const bytes = this.#store.get(key)
    if (bytes === undefined) return undefined
    const row = decode(bytes)
    this.#rows.set(key, row)
    return row
  }

  invalidate(keys: Iterable<string>): void {
    for (const key of keys) this.#rows.delete(key)
  }
}
