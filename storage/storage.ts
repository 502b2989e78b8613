import { constants } from 'node:fs'
import { access, mkdir, open } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Log } from '../src/base/log.ts'
import type { StorageObserver } from './observer.ts'
import { refuseUnfinishedBackup } from './backup/directory.ts'
import type { BlobStore } from './blob-store.ts'
import { FileBlobs } from './files/files.ts'
import type { Disk } from './files/disk.ts'
import { NodeDisk } from './files/node-disk.ts'
import type { Index } from './index/index.ts'
import { KeyValueIndex } from './index-kv/key-value-index.ts'
import { readFormat, writeFormat } from './index-kv/format.ts'
import { LevelKeyValue } from './level/level.ts'
import type { KeyValue } from './index-kv/key-value.ts'
import { createDirectories } from './files/directories.ts'
import { Writability } from './files/writability.ts'

/** An open store: the two ports behind which everything is kept. */
export interface Storage {
  readonly blobs: BlobStore
  readonly index: Index
  /** Why nothing can be written now; undefined if it can. */
  unwritable(): Promise<string | undefined>
  close(): Promise<void>
}

export interface StorageOptions {
  /** The data directory; made if missing. */
  readonly data: string
  /** `none` leaves out every sync: for throw-away use. */
  readonly durability: 'full' | 'none'
  /** Goes on writing although the index lost batches. */
  readonly acceptGap: boolean
  readonly log: Log
  readonly observer?: StorageObserver | undefined
}

/**
 * Opens the store in a data directory, made if missing. One process owns it until the index is closed.
 * @throws Error with a message for the operator
 */
export async function openStorage({
  data,
  durability,
  acceptGap,
  log,
  observer,
}: StorageOptions): Promise<Storage> {
  const durable = durability === 'full'
  await makeDataDirectory(resolve(data), durable)
  await refuseUnfinishedBackup(data)
  const store = await LevelKeyValue.open(data, { numbered: durable, acceptGap, log })
  try {
    return await assemble(store, new NodeDisk(data, durable), durable, observer)
  } catch (error) {
    await store.close()
    throw error
  }
}

/** Puts the engines together over a key-value store and a disk, and lays out the disk of a new store. */
export async function assemble(
  store: KeyValue,
  disk: Disk,
  durable: boolean,
  observer?: StorageObserver,
): Promise<Storage> {
  if (readFormat(store) === undefined) {
    await createDirectories(disk)
    // Last, so that a store without it is laid out again.
    await writeFormat(store, durable)
  }
  const index = new KeyValueIndex(store, durable, observer)
  const writability = new Writability(index, disk)
  return compose(index, new FileBlobs(disk, index.blobs), () => writability.reason())
}

/** The store of these two ports. */
export function compose(
  index: Index,
  blobs: BlobStore,
  unwritable: Storage['unwritable'],
): Storage {
  return {
    index,
    blobs,
    unwritable,
    async close() {
      await blobs.close()
      await index.close()
    },
  }
}

/** Its own name has to be durable too, and those of the directories above that were made for it. */
async function makeDataDirectory(path: string, durable: boolean): Promise<void> {
  const first = await writableDirectory(path)
  if (first === undefined || !durable) return
  for (let made = path; made.length >= first.length; made = dirname(made)) {
    const above = await open(dirname(made), 'r')
    try {
      await above.sync()
    } finally {
      await above.close()
    }
  }
}

/** The first of the directories that had to be made, if any. */
async function writableDirectory(path: string): Promise<string | undefined> {
  try {
    const first = await mkdir(path, { recursive: true })
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK)
    return first
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    const what = why.startsWith('EROFS')
      ? 'is on a disk that is mounted read-only: mount it for writing'
      : `cannot be used by this process, which runs as user ${process.getuid?.()}: give it to that user`
    throw new Error(`the data directory ${path} ${what}, or name another with --data (${why})`, {
      cause,
    })
  }
}
