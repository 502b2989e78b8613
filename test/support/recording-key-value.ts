import type {
  Changes,
  Entry,
  KeyRange,
  KeyValue,
  KeyValueSnapshot,
} from '../../storage/index-kv/key-value.ts'
import { MemoryKeyValue } from './memory-key-value.ts'
import type { DiskRecorder } from './memory-disk.ts'

/**
 * A key-value store in memory that delays its writes and records each batch, and whether it was
 * synced.
 */
export class RecordingKeyValue implements KeyValue {
  readonly failure = undefined
  readonly #values: MemoryKeyValue
  readonly #recorder: DiskRecorder

  constructor(entries: Iterable<Entry>, recorder: DiskRecorder) {
    this.#values = new MemoryKeyValue(entries)
    this.#recorder = recorder
  }

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

  async write(changes: Changes, sync: boolean): Promise<void> {
    const { trace, pause } = this.#recorder
    const operation = trace.begin({ kind: 'batch', changes: new Map(changes) })
    await pause()
    if (sync) trace.synced([operation])
    operation.done = true
    await this.#values.write(changes, sync)
  }

  async recover(): Promise<void> {}

  async close(): Promise<void> {}
}
