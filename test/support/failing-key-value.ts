import type {
  Changes,
  Entry,
  KeyRange,
  KeyValue,
  KeyValueSnapshot,
} from '../../storage/index-kv/key-value.ts'
import { MemoryKeyValue } from './memory-key-value.ts'

/**
 * A key-value store in memory that lets single writes fail, and then refuses writes until it has
 * recovered.
 */
export class FailingKeyValue implements KeyValue {
  failure: Error | undefined
  /** Whether {@link recover} succeeds. */
  recovers = true
  readonly values = new MemoryKeyValue()
  /** Calls of {@link write}. */
  writes = 0
  #unsure: Changes | undefined
  #next: { readonly error: Error; readonly written: boolean } | undefined

  /**
   * Makes the next write fail. If `written`, its changes are there after the recovery, as on a real
   * disk.
   */
  failNext(message = 'EIO: input/output error', written = false): void {
    this.#next = { error: new Error(message), written }
  }

  get(key: string): Uint8Array | undefined {
    return this.values.get(key)
  }

  entries(range: KeyRange, limit: number): Promise<Entry[]> {
    return this.values.entries(range, limit)
  }

  keys(range: KeyRange, limit: number): Promise<string[]> {
    return this.values.keys(range, limit)
  }

  lastKeys(range: KeyRange, limit: number): Promise<string[]> {
    return this.values.lastKeys(range, limit)
  }

  snapshot(): KeyValueSnapshot {
    return this.values.snapshot()
  }

  async write(changes: Changes, sync: boolean): Promise<void> {
    this.writes++
    if (this.failure) throw this.failure
    const next = this.#next
    this.#next = undefined
    if (next === undefined) return this.values.write(changes, sync)
    this.failure = next.error
    if (next.written) this.#unsure = changes
    throw next.error
  }

  async recover(): Promise<void> {
    if (!this.recovers) throw new Error('ENOSPC: no space left on device')
    if (this.#unsure) await this.values.write(this.#unsure, true)
    this.#unsure = undefined
    this.failure = undefined
  }

  async close(): Promise<void> {}
}
