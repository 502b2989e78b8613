import type { StorageObserver } from '../observer.ts'
import type { Changes, KeyRange, KeyValue } from './key-value.ts'
import { storageFailure } from '../failure.ts'

/** What an operation sees and changes: everything committed before it, acknowledged or still being written. */
export interface Transaction {
  get(key: string): Uint8Array | undefined
  /** The first `limit` keys of the range. */
  keys(range: KeyRange, limit: number): Promise<string[]>
  put(key: string, value: Uint8Array): void
  delete(key: string): void
}

/** Decides and changes; thrown errors leave no change behind. Returns without a promise where it can: that is faster. */
export type Operation<T> = (transaction: Transaction) => T | Promise<T>

class Batch {
  readonly changes = new Map<string, Uint8Array | undefined>()
  readonly waiting: { resolve: () => void; reject: (error: unknown) => void }[] = []
  sync = false
}

const RECOVERY_PAUSE = 1_000

/**
 * The one ordered way into the store. Operations are decided one after the other against the store plus what is still on
 * its way to disk, and all that were decided while a write was running go out together in the next one (group commit).
 * If a write fails, everything that was decided on top of it fails too, and nothing more is decided until the store has
 * recovered.
 */
export class CommitQueue {
  readonly #store: KeyValue
  readonly #syncs: boolean
  readonly #written: (keys: Iterable<string>) => void
  readonly #observer: StorageObserver | undefined
  #writing: Batch | undefined
  #next = new Batch()
  /** The last operation that takes more than one turn; later ones wait for it. */
  #deciding: Promise<unknown> | undefined
  #idle: Promise<void> = Promise.resolve()
  #recoveryFailedAt = Number.NEGATIVE_INFINITY
  /** Failed writes so far: an operation that was being decided during one saw changes that did not happen. */
  #failures = 0
  /** Keys of failed writes, which may turn out to have been written when the store is opened again. */
  readonly #doubtful = new Set<string>()
  #retry: NodeJS.Timeout | undefined
  #closing = false

  /**
   * @param syncs false leaves out every sync (`durability: none`)
   * @param written told which keys may have changed, before anybody else is
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

  /** Operations that are decided and not durable yet. */
  get waiting(): number {
    return (this.#writing?.waiting.length ?? 0) + this.#next.waiting.length
  }

  /**
   * Runs the operation and resolves with its result when its changes, and everything it saw, are as durable as asked for.
   * @throws RegistryError UNAVAILABLE, STORAGE_FULL; whatever the operation throws
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
        // Nobody may come between this and the joining of its changes: no promise lies in between.
        this.#deciding = undefined
      }
      if (failures !== this.#failures) throw storageFailure(this.#store.failure)
    }
    await this.#join(changes, durability === 'synced' && this.#syncs)
    return result
  }

  /** Waits until everything committed so far is written, or has failed; nothing is tried again afterwards. */
  async close(): Promise<void> {
    this.#closing = true
    clearTimeout(this.#retry)
    while (this.#deciding !== undefined) await this.#deciding.catch(() => undefined)
    await this.#idle
  }

  /** What is on its way to disk, for reads that must see it: undefined if nothing is known of the key. */
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

  /** Adds decided changes to the next write. An operation without changes waits only for what it may have seen. */
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
        // What was decided meanwhile stood on changes that did not happen.
        const fallen = this.#next
        this.#failures++
        for (const key of batch.changes.keys()) this.#doubtful.add(key)
        this.#writing = undefined
        this.#next = new Batch()
        for (const { reject } of [...batch.waiting, ...fallen.waiting])
          reject(storageFailure(error))
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
    // A clock that was set back must not make it wait until then.
    const since = Math.abs(Date.now() - this.#recoveryFailedAt)
    if (since < RECOVERY_PAUSE) throw storageFailure(failure)
    try {
      await this.#idle
      await this.#store.recover()
      this.#written(this.#doubtful)
      this.#doubtful.clear()
    } catch (error) {
      this.#recoveryFailedAt = Date.now()
      throw storageFailure(error)
    }
  }

  /** A registry that says it is not ready may get no more requests: it must find out by itself that it could be. */
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
