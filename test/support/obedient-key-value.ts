import type {
  Changes,
  Entry,
  KeyRange,
  KeyValue,
  KeyValueSnapshot,
} from '../../storage/index-kv/key-value.ts'
import { MemoryKeyValue } from './memory-key-value.ts'

/** A write that ends when the test says how. */
export interface PendingWrite {
  readonly changes: Changes
  readonly sync: boolean
  succeed(): void
  /**
   * Makes the write fail. If `written`, its changes are there after the recovery, as on a real
   * disk.
   */
  fail(error: Error, written?: boolean): void
}

/** A key-value store whose writes end when and how the test says. */
export class ObedientKeyValue implements KeyValue {
  failure: Error | undefined
  readonly pending: PendingWrite[] = []
  /** The outcomes of recoveries, in order; the last one also for all further recoveries. */
  recoveries: (Error | undefined)[] = [undefined]
  recovered = 0
  closed = false
  readonly #values = new MemoryKeyValue()
  readonly #unsure: Changes[] = []
  #arrived: () => void = () => undefined

  get(key: string): Uint8Array | undefined {
    return this.#values.get(key)
  }

  entries(range: KeyRange, limit: number): Promise<Entry[]> {
    return this.#values.entries(range, limit)
  }

  keys(range: KeyRange, limit: number): Promise<string[]> {
    return this.#values.keys(range, limit)
  }

  lastKeys(range: KeyRange, limit: number): Promise<string[]> {
    return this.#values.lastKeys(range, limit)
  }

  snapshot(): KeyValueSnapshot {
    return this.#values.snapshot()
  }

  write(changes: Changes, sync: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.pending.push({
        changes,
        sync,
        succeed: () => void this.#values.write(changes, sync).then(resolve),
        fail: (error, written = false) => {
          this.failure = error
          if (written) this.#unsure.push(changes)
          reject(error)
        },
      })
      this.#arrived()
    })
  }

  /** Resolves with the next write. */
  async nextWrite(): Promise<PendingWrite> {
    while (this.pending.length === 0) {
      await new Promise<void>((resolve) => {
        this.#arrived = resolve
      })
    }
    return this.pending.shift()!
  }

  async recover(): Promise<void> {
    this.recovered++
    const [error] = this.recoveries
    if (this.recoveries.length > 1) this.recoveries.shift()
    if (error) throw error
    for (const changes of this.#unsure.splice(0)) await this.#values.write(changes, true)
    this.failure = undefined
  }

  async close(): Promise<void> {
    this.closed = true
  }
}
