import { randomBytes } from 'node:crypto'
import { open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Level } from 'level'
import type { Log } from '../src/oci/log.ts'
import { RegistryError } from '../src/oci/errors.ts'
import { storageFailure } from './failure.ts'
import type { Changes, Entry, KeyRange, KeyValue, KeyValueSnapshot } from './key-value.ts'
import { INDEX, lastPart, row, SEQUENCE, under } from './keys.ts'

const MEBIBYTE = 1024 * 1024
const WRITE_BUFFER = 4 * MEBIBYTE
/** Level's logs never hold more than two write buffers: gaps can only be in the numbers of the last so many bytes. */
const NUMBERED_BYTES = 3 * WRITE_BUFFER
/** What a batch takes in the log beside its keys and values, at least. */
const BATCH_OVERHEAD = 64
/** Room that reopening takes (log → table) and that must be there before Level is closed for it. */
const PROBE_BYTES = 2 * WRITE_BUFFER
/** Most entries of a snapshot, and bytes, that are read at a time. */
const SNAPSHOT_ENTRIES = 1_000
const READ_AHEAD = MEBIBYTE

const randomBytesAsync = promisify(randomBytes)

type Database = Level<string, Uint8Array>

export interface LevelOptions {
  /** Whether synced batches are numbered; without syncs a missing number says nothing. */
  readonly numbered: boolean
  /** Goes on although numbers are missing. */
  readonly acceptGap: boolean
  readonly log: Log
}

/**
 * Level as it can be trusted. LevelDB acknowledges synced writes after a failed one and drops them at the next open, so
 * after any failure nothing is written until it has been reopened. It silently skips damaged records of its log, so synced
 * batches are numbered, and a missing number makes the store read-only.
 */
export class LevelKeyValue implements KeyValue {
  readonly #data: string
  readonly #database: Database
  readonly #options: LevelOptions
  #failure: Error | undefined
  /** Set when reopening cannot help. */
  #gap: Error | undefined
  /** Number of the last synced batch. */
  #sequence = 0
  /** Numbers still in the store, with the bytes written up to each. */
  #numbered: { number: number; bytes: number }[] = []
  #bytes = 0

  private constructor(data: string, options: LevelOptions) {
    this.#data = data
    this.#options = options
    this.#database = new Level<string, Uint8Array>(join(data, INDEX), {
      keyEncoding: 'utf8',
      valueEncoding: 'buffer',
      writeBufferSize: WRITE_BUFFER,
      cacheSize: 32 * MEBIBYTE,
    })
  }

  /**
   * Opens the database below the data directory.
   * @throws Error with a message for the operator: in use by another process, damaged, not readable
   */
  static async open(data: string, options: LevelOptions): Promise<LevelKeyValue> {
    const store = new LevelKeyValue(data, options)
    try {
      await store.#open()
    } catch (error) {
      throw explain(error, data)
    }
    return store
  }

  get failure(): Error | undefined {
    return this.#gap ?? this.#failure
  }

  get(key: string): Uint8Array | undefined {
    try {
      return this.#database.getSync(key)
    } catch (error) {
      throw storageFailure(error)
    }
  }

  async entries({ gt, lt }: KeyRange, limit: number): Promise<Entry[]> {
    return failing(() => this.#database.iterator({ gt, lt, limit: most(limit) }).all())
  }

  async keys({ gt, lt }: KeyRange, limit: number): Promise<string[]> {
    return failing(() => this.#database.keys({ gt, lt, limit: most(limit) }).all())
  }

  async lastKeys({ gt, lt }: KeyRange, limit: number): Promise<string[]> {
    return failing(() => this.#database.keys({ gt, lt, limit: most(limit), reverse: true }).all())
  }

  snapshot(): KeyValueSnapshot {
    const snapshot = this.#database.snapshot()
    const options = { snapshot, highWaterMarkBytes: READ_AHEAD }
    const iterator = this.#database.iterator(options)
    return {
      async *entries() {
        for (;;) {
          const some = await failing(() => iterator.nextv(SNAPSHOT_ENTRIES))
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
    if (this.failure) throw storageFailure(this.failure)
    const batch = this.#database.batch()
    let bytes = BATCH_OVERHEAD
    for (const [key, value] of changes) {
      if (value === undefined) batch.del(key)
      else batch.put(key, value)
      bytes += key.length + (value?.byteLength ?? 0)
    }
    const numbered = sync && this.#options.numbered
    const outdated = numbered ? this.#outdated() : []
    if (numbered) {
      batch.put(sequenceKey(this.#sequence + 1), new Uint8Array(0))
      for (const { number } of outdated) batch.del(sequenceKey(number))
    }
    try {
      await batch.write({ sync })
    } catch (error) {
      this.#failure = error as Error
      this.#options.log.error(
        { err: error },
        'the index could not be written: no writes until it has been reopened',
      )
      throw storageFailure(error)
    }
    this.#bytes += bytes
    if (!numbered) return
    this.#sequence++
    this.#numbered.splice(0, outdated.length)
    this.#numbered.push({ number: this.#sequence, bytes: this.#bytes })
  }

  async recover(): Promise<void> {
    if (this.#gap) throw this.#gap
    await this.#probe()
    await this.#database.close()
    await this.#open()
    this.#failure = undefined
    this.#options.log.warn({}, 'the index has been reopened and is written again')
  }

  async close(): Promise<void> {
    await this.#database.close()
  }

  async #open(): Promise<void> {
    await this.#database.open()
    const numbers = (await this.keys(under(SEQUENCE), Number.POSITIVE_INFINITY)).map((key) =>
      Number(lastPart(key)),
    )
    const gap = numbers.findIndex(
      (number, position) => position > 0 && number !== numbers[position - 1]! + 1,
    )
    this.#sequence = numbers.at(-1) ?? 0
    this.#bytes = 0
    // All that was in the logs is in tables now, so all but the last number can go with the next batches.
    this.#numbered = numbers.map((number) => ({ number, bytes: -NUMBERED_BYTES }))
    if (gap === -1) return
    const lost = `${numbers[gap - 1]! + 1} to ${numbers[gap]! - 1}`
    if (this.#options.acceptGap) {
      this.#options.log.error(
        { lost },
        'the index has lost batches; going on without them because storage.acceptGap is set',
      )
      return
    }
    this.#gap = new RegistryError(
      'UNAVAILABLE',
      `the index has lost records (batches ${lost}): the registry is read-only; its operator can restore a backup, or start it once with storage.acceptGap to go on without them`,
      { detail: { lost } },
    )
    this.#options.log.error(
      { lost },
      'the index has lost batches: the registry is read-only; restore a backup, or start once with storage.acceptGap to go on without them',
    )
  }

  /** Numbers that can no longer be in a log. The last one stays, so that counting goes on from it. */
  #outdated(): { number: number; bytes: number }[] {
    const kept = this.#numbered.findIndex(({ bytes }) => bytes > this.#bytes - NUMBERED_BYTES)
    return this.#numbered.slice(0, kept === -1 ? -1 : kept)
  }

  /** Fails while the disk takes nothing, so that a database that can still be read is not closed in vain. */
  async #probe(): Promise<void> {
    const path = join(this.#data, 'probe')
    try {
      const file = await open(path, 'w')
      try {
        // Bytes that no file system makes smaller; `write` would end early, and without an error, where space runs out.
        await file.writeFile(await randomBytesAsync(PROBE_BYTES))
        await file.sync()
      } finally {
        await file.close()
      }
    } finally {
      await unlink(path).catch(() => undefined)
    }
  }
}

/** Level keeps limits in 32 bits: of a larger one it would see the last 32. Below zero is none. */
function most(limit: number): number {
  return limit > 0x7fff_ffff ? -1 : limit
}

function sequenceKey(number: number): string {
  return row(SEQUENCE, number.toString().padStart(16, '0'))
}

async function failing<T>(operation: () => Promise<T>): Promise<T> {
  try {
    return await operation()
  } catch (error) {
    throw storageFailure(error)
  }
}

function explain(error: unknown, data: string): Error {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  const why = cause instanceof Error ? cause.message : String(cause)
  return code === 'LEVEL_LOCKED'
    ? new Error(
        `another process is using the data directory ${data}: stop it, or give this one its own with --data`,
        { cause: error },
      )
    : new Error(`the index in ${data} cannot be opened: ${why}`, { cause: error })
}
