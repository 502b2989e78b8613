import type {
  Changes,
  Entry,
  KeyRange,
  KeyValue,
  KeyValueSnapshot,
} from '../../storage/index-kv/key-value.ts'

/** A key-value store in memory. */
export class MemoryKeyValue implements KeyValue {
  readonly failure = undefined
  readonly #values: Map<string, Uint8Array>
  readonly #sorted: string[]

  constructor(entries: Iterable<Entry> = []) {
    this.#values = new Map(entries)
    this.#sorted = [...this.#values.keys()].toSorted()
  }

  get(key: string): Uint8Array | undefined {
    return this.#values.get(key)
  }

  async entries(range: KeyRange, limit: number): Promise<Entry[]> {
    return this.#between(range, limit).map((key) => [key, this.#values.get(key)!])
  }

  async keys(range: KeyRange, limit: number): Promise<string[]> {
    return this.#between(range, limit)
  }

  async lastKeys(range: KeyRange, limit: number): Promise<string[]> {
    return this.#between(range, Number.POSITIVE_INFINITY).toReversed().slice(0, limit)
  }

  snapshot(): KeyValueSnapshot {
    const entries = this.#sorted.map((key): Entry => [key, this.#values.get(key)!])
    return {
      async *entries() {
        yield entries
      },
      close: async () => undefined,
    }
  }

  async write(changes: Changes, _sync: boolean): Promise<void> {
    for (const [key, value] of changes) {
      const position = this.#position(key)
      const present = this.#sorted[position] === key
      if (value === undefined) {
        this.#values.delete(key)
        if (present) this.#sorted.splice(position, 1)
      } else {
        this.#values.set(key, value)
        if (!present) this.#sorted.splice(position, 0, key)
      }
    }
  }

  async recover(): Promise<void> {}

  async close(): Promise<void> {}

  #between({ gt, lt }: KeyRange, limit: number): string[] {
    const start = this.#position(gt)
    const first = this.#sorted[start] === gt ? start + 1 : start
    return this.#sorted.slice(first, Math.max(first, Math.min(this.#position(lt), first + limit)))
  }

  /** The position of the key in the sorted keys, whether or not it is there. */
  #position(key: string): number {
    let low = 0
    let high = this.#sorted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#sorted[middle]! < key) low = middle + 1
      else high = middle
    }
    return low
  }
}
