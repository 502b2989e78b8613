import { constants } from 'node:fs'
import { access, chmod, mkdir, open, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { isErrno, messageOf } from '../src/base/errno.ts'
import type { Log } from '../src/base/log.ts'
import type { StorageObserver } from './observer.ts'
import { refuseUnfinishedBackup } from './backup/directory.ts'
import type { BlobStore } from './blob-store.ts'
import { FileBlobStore } from './files/file-blob-store.ts'
import type { Disk } from './files/disk.ts'
import { NodeDisk } from './files/node-disk.ts'
import type { Index } from './index/index.ts'
import { KeyValueIndex } from './index-kv/key-value-index.ts'
import { hasFormat, migrate, writeFormat } from './index-kv/format.ts'
import { LevelKeyValue } from './level/level-key-value.ts'
import type { KeyValue } from './index-kv/key-value.ts'
import { createDirectories } from './files/directories.ts'
import { Writability } from './files/writability.ts'

/** An open store: the two ports that hold all data. */
export interface Storage {
  readonly blobs: BlobStore
  readonly index: Index
  /** Why the store takes no writes now; undefined if it does. */
  unwritable(): Promise<string | undefined>
  close(): Promise<void>
}

export interface StorageOptions {
  /** The data directory; created if it is missing. */
  readonly data: string
  /** `none` leaves out every sync, for data that may be lost. */
  readonly durability: 'full' | 'none'
  /** Whether to continue without lost batches of the index, and to repair damage. */
  readonly acceptGap: boolean
  readonly log: Log
  readonly observer?: StorageObserver | undefined
}

/**
 * Opens the store in a data directory, which is created if it is missing. The process owns it until
 * the index is closed.
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
  await makePrivate(resolve(data), log)
  await refuseUnfinishedBackup(data)
  const store = await LevelKeyValue.open(data, { numbered: durable, acceptGap, log })
  try {
    return await assemble(store, new NodeDisk(data, durable), { durable, log, observer })
  } catch (error) {
    await store.close()
    throw error
  }
}

export interface AssembleOptions extends Pick<StorageOptions, 'log' | 'observer'> {
  /** False leaves out every sync. */
  readonly durable: boolean
}

/**
 * Opens a store on a key-value store and a disk. Creates the directories of a new store, and
 * migrates an older one.
 * @throws Error with a message for the operator if the store cannot be migrated, or is from a newer
 *   release
 */
export async function assemble(
  store: KeyValue,
  disk: Disk,
  { durable, log, observer }: AssembleOptions,
): Promise<Storage> {
  if (hasFormat(store)) await migrate(store, durable, log)
  else {
    await createDirectories(disk)
    // Last, so that an interrupted start begins again.
    await writeFormat(store, durable)
  }
  const index = new KeyValueIndex(store, durable, observer)
  const writability = new Writability(index, disk)
  return compose(index, new FileBlobStore(disk, index.blobs), () => writability.reason())
}

/** A Storage of the two ports. */
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

/**
 * Creates the directory, and makes its name and those of the parents that were created with it
 * durable.
 */
async function makeDataDirectory(path: string, durable: boolean): Promise<void> {
  const first = await writableDirectory(path)
  if (first === undefined || !durable) return
  for (let made = path; made.length >= first.length; made = dirname(made)) {
    const parent = await open(dirname(made), 'r')
    try {
      await parent.sync()
    } finally {
      await parent.close()
    }
  }
}

/** Only the owner: keys, rows and the bytes of every repository are in it. */
const PRIVATE = 0o700

/** Without a way through the data directory, nobody else reaches the files in it. */
async function makePrivate(path: string, log: Log): Promise<void> {
  const { mode } = await stat(path)
  if ((mode & 0o077) === 0) return
  try {
    await chmod(path, PRIVATE)
    log.info({ path }, 'other users could read the data directory: its mode is now 0700')
  } catch (error) {
    log.warn(
      { path, err: error },
      'other users can read the data directory: run chmod 0700 on it as its owner',
    )
  }
}

/**
 * The topmost directory that had to be created, if any.
 * @throws Error with a message for the operator
 */
async function writableDirectory(path: string): Promise<string | undefined> {
  try {
    const first = await mkdir(path, { recursive: true, mode: PRIVATE })
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK)
    return first
  } catch (cause) {
    const problem = isErrno(cause, 'EROFS')
      ? 'is on a disk that is mounted read-only: mount it for writing'
      : `cannot be used by this process, which runs as user ${process.getuid?.()}: give it to that user`
    throw new Error(
      `the data directory ${path} ${problem}, or name another with --data (${messageOf(cause)})`,
      { cause },
    )
  }
}
