import type { Log } from '../../src/base/log.ts'
import { MIB } from '../../src/base/sizes.ts'
import { storageError } from '../storage-error.ts'
import {
  damageError,
  openError,
  clearDamage,
  hasLostIndex,
  isDamage,
  lostIndexError,
  recordDamage,
  recordedDamage,
  repair,
} from './damage.ts'
import { type Database, levelDatabase, WRITE_BUFFER } from './database.ts'
import { BatchNumbers } from './batch-numbers.ts'
import { probe } from './probe.ts'
import type { Changes, Entry, KeyRange, KeyValue, KeyValueSnapshot } from '../index-kv/key-value.ts'
import { SEQUENCE, under } from '../keys.ts'

/** Batches can be missing only from LevelDB's logs, which have at most two write buffers. */
const NUMBERED_BYTES = 3 * WRITE_BUFFER
/** Bytes of a batch in the log beside its keys and values, at least. */
const BATCH_OVERHEAD = 64
/** Bytes on disk that reopening needs (log → table); checked before the database is closed. */
const PROBE_BYTES = 2 * WRITE_BUFFER
/** Most entries of a snapshot that are read at a time, and most bytes. */
const SNAPSHOT_ENTRIES = 1_000
const READ_AHEAD = MIB

export interface LevelOptions {
  /** Whether synced batches are numbered. Without syncs a missing number has no meaning. */
  readonly numbered: boolean
  /** Whether to continue without lost batches, and to repair damage. */
  readonly acceptGap: boolean
  readonly log: Log
}

/**
 * Level, made reliable. After a failed write LevelDB acknowledges synced writes that it drops at
 * the next open, so after any failure nothing is written until it has been reopened. It silently
 * skips damaged records of its log, so synced batches are numbered, and a missing number makes the
 * store read-only. So does a damaged table, because a compaction of it could make things worse.
 */
export class LevelKeyValue implements KeyValue {
  readonly #data: string
  readonly #database: Database
  readonly #options: LevelOptions
  #failure: Error | undefined
  /** Set if reopening cannot help. */
  #damage: Error | undefined
  readonly #numbers = new BatchNumbers(NUMBERED_BYTES)

  private constructor(data: string, options: LevelOptions) {
    this.#data = data
    this.#options = options
    this.#database = levelDatabase(data)
  }

  /**
   * Opens the database in the data directory. Repairs it first if it is damaged and `acceptGap` is
   * set.
   * @throws Error with a message for the operator if it is in use by another process, damaged or
   *   unreadable
   */
  static async open(data: string, options: LevelOptions): Promise<LevelKeyValue> {
    // Before there is an instance, which would open the database by itself.
    if (await hasLostIndex(data)) {
      if (!options.acceptGap) throw lostIndexError(data)
      await repair(data, options.log)
    }
    const store = new LevelKeyValue(data, options)
    await store.#openOrRepair()
    return store
  }

  get failure(): Error | undefined {
    return this.#damage ?? this.#failure
  }

  get(key: string): Uint8Array | undefined {
    try {
      return this.#database.getSync(key)
    } catch (error) {
      throw this.#readFailure(error)
    }
  }

  async entries({ gt, lt }: KeyRange, limit: number): Promise<Entry[]> {
    return this.#reading(() => this.#database.iterator({ gt, lt, limit: levelLimit(limit) }).all())
  }

  async keys({ gt, lt }: KeyRange, limit: number): Promise<string[]> {
    return this.#reading(async () => {
      const keys = this.#database.keys({ gt, lt, limit: levelLimit(limit) })
      if (limit !== 1) return keys.all()
      // Very frequent, and a fifth faster than `all`.
      try {
        const key = await keys.next()
        return key === undefined ? [] : [key]
      } finally {
        await keys.close()
      }
    })
  }

  async lastKeys({ gt, lt }: KeyRange, limit: number): Promise<string[]> {
    return this.#reading(() =>
      this.#database.keys({ gt, lt, limit: levelLimit(limit), reverse: true }).all(),
    )
  }

  snapshot(): KeyValueSnapshot {
    const snapshot = this.#database.snapshot()
    const reading = <T>(operation: () => Promise<T>) => this.#reading(operation)
    const options = { snapshot, highWaterMarkBytes: READ_AHEAD }
    const iterator = this.#database.iterator(options)
    return {
      async *entries() {
        for (;;) {
          const some = await reading(() => iterator.nextv(SNAPSHOT_ENTRIES))
          if (some.length === 0) return
          yield some
        }
      },
      async close() {
        await iterator.close()
        await snapshot.close()
      },
    }
  }

  async write(changes: Changes, sync: boolean): Promise<void> {
    if (this.failure) throw storageError(this.failure)
    const batch = this.#database.batch()
    let bytes = BATCH_OVERHEAD
    for (const [key, value] of changes) {
      if (value === undefined) batch.del(key)
      else batch.put(key, value)
      bytes += key.length + (value?.byteLength ?? 0)
    }
    const numbered = sync && this.#options.numbered
    if (numbered) {
      batch.put(this.#numbers.next, new Uint8Array(0))
      for (const key of this.#numbers.outdated) batch.del(key)
    }
    try {
      await batch.write({ sync })
    } catch (error) {
      this.#noticeDamage(error)
      this.#failure = error as Error
      this.#options.log.error(
        { err: error },
        'the index could not be written: it takes no writes until it has been reopened',
      )
      throw storageError(error)
    }
    this.#numbers.wrote(bytes, numbered)
  }

  async recover(): Promise<void> {
    if (this.#damage) throw this.#damage
    await probe(this.#data, PROBE_BYTES)
    await this.#database.close()
    await this.#open()
    this.#failure = undefined
    this.#options.log.warn({}, 'the index has been reopened and takes writes again')
  }

  async close(): Promise<void> {
    await this.#database.close()
  }

  async #openOrRepair(): Promise<void> {
    const { acceptGap, log } = this.#options
    try {
      const failure = await this.#open().then(
        () => undefined,
        (error: unknown) => error as Error,
      )
      const known = await recordedDamage(this.#data)
      if (acceptGap && (known !== undefined || isDamage(failure))) {
        await this.#database.close()
        await repair(this.#data, log)
        await clearDamage(this.#data)
        this.#damage = undefined
        await this.#open()
      } else if (failure !== undefined) throw failure
      else if (known !== undefined) this.#makeReadOnly(known)
    } catch (error) {
      throw openError(error, this.#data)
    }
  }

  async #open(): Promise<void> {
    await this.#database.open()
    const lost = this.#numbers.begin(await this.keys(under(SEQUENCE), Number.POSITIVE_INFINITY))
    if (lost === undefined) return
    if (this.#options.acceptGap) {
      this.#options.log.error(
        { lost },
        'the index has lost batches: continuing without them because storage.acceptGap is set',
      )
      return
    }
    this.#makeReadOnly(`the index has lost records (batches ${lost})`, { lost })
  }

  async #reading<T>(operation: () => Promise<T>): Promise<T> {
    try {
      return await operation()
    } catch (error) {
      throw this.#readFailure(error)
    }
  }

  #readFailure(error: unknown): Error {
    this.#noticeDamage(error)
    return storageError(error)
  }

  #noticeDamage(error: unknown): void {
    if (!isDamage(error) || this.#damage) return
    const problem = `the index is damaged (${error.message})`
    this.#makeReadOnly(problem)
    recordDamage(this.#data, problem).catch((failure: unknown) =>
      this.#options.log.error({ err: failure }, 'damage of the index could not be recorded'),
    )
  }

  #makeReadOnly(problem: string, detail?: object): void {
    this.#damage = damageError(problem, detail)
    this.#options.log.error(detail ?? {}, this.#damage.message)
  }
}

/** A limit for Level, which truncates limits to 32 bits; a negative one means no limit. */
function levelLimit(limit: number): number {
  return limit > 0x7fff_ffff ? -1 : limit
}
