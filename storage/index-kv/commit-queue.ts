import type { StorageObserver } from '../observer.ts'
import type { Changes, KeyRange, KeyValue } from './key-value.ts'
import { storageError } from '../storage-error.ts'

/**
 * The store as an operation sees and changes it, with everything committed before, even if it is
 * still being written.
 */
export interface Transaction {
  get(key: string): Uint8Array | undefined
  /** The first `limit` keys of the range. */
  keys(range: KeyRange, limit: number): Promise<string[]>
  put(key: string, value: Uint8Array): void
  delete(key: string): void
}

/**
 * Reads, decides and changes. If it throws, its changes are dropped. Operations that need no
 * promise return none, which is faster.
 */
export type Operation<T> = (transaction: Transaction) => T | Promise<T>

class Batch {
  readonly changes = new Map<string, Uint8Array | undefined>()
  readonly waiting: { resolve: () => void; reject: (error: unknown) => void }[] = []
  sync = false
}

const RECOVERY_PAUSE = 1_000

/**
 * Serialises all changes of the store. Operations run one after the other, against the store plus
 * the changes that are still being written, and the changes of all operations that ran during a
 * write go out together in the next one (group commit). If a write fails, all operations that ran
 * on top of it fail too, and none runs until the store has recovered.
 */
export class CommitQueue {
  readonly #store: KeyValue
  readonly #syncs: boolean
  readonly #written: (keys: Iterable<string>) => void
  readonly #observer: StorageObserver | undefined
  #writing: Batch | undefined
  #next = new Batch()
  /** The running operation, if it is asynchronous: later ones wait for it. */
  #deciding: Promise<unknown> | undefined
  #idle: Promise<void> = Promise.resolve()
  #recoveryFailedAt = Number.NEGATIVE_INFINITY
  /**
   * Failed writes so far: an operation that was running during one saw changes that did not happen.
   */
  #failures = 0
  /** Keys of failed writes: after a recovery their changes may be there all the same. */
  readonly #doubtful = new Set<string>()
  #retry: NodeJS.Timeout | undefined
  #closing = false

  /**
   * @param syncs false leaves out every sync (`durability: none`)
   * @param written called with the keys that may have changed, before their operations resolve
   */
  constructor(
    store: KeyValue,
    syncs: boolean,
    written: (keys: Iterable<string>) => void,
    observer?: StorageObserver,
  ) {
    this.#store = store
    this.#syncs = syncs
    this.#written = written
    this.#observer = observer
  }

  /** Operations that have run and are not durable yet. */
  get waiting(): number {
    return (this.#writing?.waiting.length ?? 0) + this.#next.waiting.length
  }

  /**
   * Runs the operation, and resolves with its result when its changes, and all changes it saw, are
   * as durable as asked for.
   * @throws RegistryError UNAVAILABLE or STORAGE_FULL, and what the operation throws
   */
  async commit<T>(
    operation: Operation<T>,
    durability: 'synced' | 'unsynced' = 'synced',
  ): Promise<T> {
    while (this.#deciding !== undefined || this.#store.failure !== undefined) {
      if (this.#deciding !== undefined) await this.#deciding.catch(() => undefined)
      else {
        this.#deciding = this.#recover()
        try {
          await this.#deciding
        } finally {
          this.#deciding = undefined
        }
      }
    }
    const changes = new Map<string, Uint8Array | undefined>()
    let result = operation(this.#transaction(changes))
    if (result instanceof Promise) {
      const failures = this.#failures
      this.#deciding = result
      try {
        result = await result
      } finally {
        // No await between this and joining the batch: no other operation may run in between.
        this.#deciding = undefined
      }
      if (failures !== this.#failures) throw storageError(this.#store.failure)
    }
    await this.#join(changes, durability === 'synced' && this.#syncs)
    return result
  }

  /**
   * Waits until everything committed so far is written or has failed, and ends all attempts to
   * recover.
   */
  async close(): Promise<void> {
    this.#closing = true
    clearTimeout(this.#retry)
    while (this.#deciding !== undefined) await this.#deciding.catch(() => undefined)
    await this.#idle
  }

  /** The change of a key that is still being written; undefined if there is none. */
  #pending(key: string): { value: Uint8Array | undefined } | undefined {
    for (const batch of [this.#next, this.#writing]) {
      if (batch?.changes.has(key)) return { value: batch.changes.get(key) }
    }
    return undefined
  }

  #transaction(own: Map<string, Uint8Array | undefined>): Transaction {
    return {
      get: (key) => {
        if (own.has(key)) return own.get(key)
        const pending = this.#pending(key)
        return pending ? pending.value : this.#store.get(key)
      },
      keys: async (range, limit) => {
        const layers: Changes[] = [this.#writing?.changes ?? new Map(), this.#next.changes, own]
        const changed = new Map<string, boolean>()
        for (const layer of layers) {
          for (const [key, value] of layer) {
            if (key > range.gt && key < range.lt) changed.set(key, value !== undefined)
          }
        }
        const stored = await this.#store.keys(range, limit + changed.size)
        const present = new Set(stored.filter((key) => changed.get(key) ?? true))
        for (const [key, exists] of changed) if (exists) present.add(key)
        return [...present].toSorted(byCode).slice(0, limit)
      },
      put: (key, value) => own.set(key, value),
      delete: (key) => own.set(key, undefined),
    }
  }

  /**
   * Adds changes to the next write. An operation without changes waits only for the write that it
   * may have seen.
   */
  #join(changes: Changes, sync: boolean): Promise<void> {
    if (changes.size === 0 && this.#writing === undefined) return Promise.resolve()
    const batch = this.#next
    for (const [key, value] of changes) batch.changes.set(key, value)
    batch.sync ||= sync
    return new Promise((resolve, reject) => {
      batch.waiting.push({ resolve, reject })
      if (this.#writing === undefined) this.#idle = this.#write()
    })
  }

  async #write(): Promise<void> {
    while (this.#next.waiting.length > 0) {
      const batch = this.#next
      this.#writing = batch
      this.#next = new Batch()
      try {
        if (batch.changes.size > 0) await this.#writeTimed(batch)
        this.#written(batch.changes.keys())
        this.#writing = undefined
        for (const { resolve } of batch.waiting) resolve()
      } catch (error) {
        // The operations that ran meanwhile saw changes that did not happen.
        const dependent = this.#next
        this.#failures++
        for (const key of batch.changes.keys()) this.#doubtful.add(key)
        this.#writing = undefined
        this.#next = new Batch()
        for (const { reject } of [...batch.waiting, ...dependent.waiting])
          reject(storageError(error))
        this.#recoverLater()
      }
    }
  }

  async #writeTimed({ changes, sync, waiting }: Batch): Promise<void> {
    const started = performance.now()
    await this.#store.write(changes, sync)
    this.#observer?.committed(waiting.length, performance.now() - started)
  }

  async #recover(): Promise<void> {
    const { failure } = this.#store
    // An absolute difference, so that a clock that was set back does not delay the recovery.
    const since = Math.abs(Date.now() - this.#recoveryFailedAt)
    if (since < RECOVERY_PAUSE) throw storageError(failure)
    try {
      await this.#idle
      await this.#store.recover()
      this.#written(this.#doubtful)
      this.#doubtful.clear()
    } catch (error) {
      this.#recoveryFailedAt = Date.now()
      throw storageError(error)
    }
  }

  /**
   * A registry that is not ready may get no requests, which would try to recover: so it has to try
   * by itself.
   */
  #recoverLater(): void {
    if (this.#closing) return
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined
      this.commit(() => undefined).catch(() => this.#recoverLater())
    }, RECOVERY_PAUSE).unref()
  }
}

function byCode(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
