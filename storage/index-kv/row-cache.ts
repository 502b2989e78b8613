import { LRUCache } from 'lru-cache'
import { MIB } from '../../src/base/sizes.ts'
import type { KeyValue } from './key-value.ts'

const BYTES = 16 * MIB
/** Bytes of memory for a row beside its key and its text. */
const OVERHEAD = 256

/**
 * Recently read rows as parsed objects: reading and parsing a row again costs more than the rest of
 * a warm answer. After each write, and before anybody learns of it, {@link invalidate} has to be
 * called with its keys.
 */
export class RowCache {
  readonly #store: KeyValue
  readonly #rows = new LRUCache<string, object>({ maxSize: BYTES })

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
    this.#rows.set(key, row, { size: OVERHEAD + 2 * (key.length + bytes.byteLength) })
    return row
  }

  invalidate(keys: Iterable<string>): void {
    for (const key of keys) this.#rows.delete(key)
  }
}
