import { constants, copyFile, lstat, open, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Digest } from '../../src/oci/digest.ts'
import type { Log } from '../../src/base/log.ts'
import { type BackupDirectory, syncDirectory } from './directory.ts'
import type { BlobStore } from '../blob-store.ts'
import { NodeDisk } from '../files/node-disk.ts'
import type { Index } from '../index/index.ts'
import { LevelKeyValue } from '../level/level-key-value.ts'
import type { BlobRow } from '../index-kv/blobs.ts'
import { decode } from '../index-kv/rows.ts'
import type { KeyValue } from '../index-kv/key-value.ts'
import { blobPath, INDEX, isSmallKey, lastPart, under } from '../keys.ts'
import { createDirectories } from '../files/directories.ts'
import type { Storage } from '../storage.ts'

/** Counts of a backup, kept up to date while it runs. */
export interface BackupProgress {
  /** Rows of the index. */
  rows: number
  /** Blobs in files. */
  blobs: number
  /** Bytes of those blobs. */
  bytes: number
  /** Blobs among them that were copied; the others are hard links to the files of the store. */
  copied: number
  /** Blobs left out because their files are missing or have another length. The log names them. */
  damaged: number
}

export interface BackupOptions {
  /** The data directory of the store. */
  readonly data: string
  /** Names of further files in it that belong to the store; copied with their modes. */
  readonly files: readonly string[]
  readonly log: Log
  /** Updated by the backup. */
  readonly progress: BackupProgress
  readonly signal: AbortSignal
}

const BLOBS_AT_ONCE = 500

/**
 * Copies a store that is in use, as it is at one moment, to a directory on which another server can
 * start. Collection has to be paused meanwhile. Unfinished uploads are left out.
 * @throws the reason of the signal if it is aborted, RegistryError if a disk fails
 */
export async function writeBackup(
  { index, blobs }: Storage,
  to: BackupDirectory,
  options: BackupOptions,
): Promise<void> {
  const { log, signal } = options
  const store = await LevelKeyValue.open(to.path, { numbered: true, acceptGap: false, log })
  try {
    await copyRows(index, store, options)
    const disk = new NodeDisk(to.path, true)
    try {
      await createDirectories(disk)
      const copier = new BlobCopier(blobs, to.path, disk, options)
      for await (const [digest, row] of goodBlobs(store)) {
        signal.throwIfAborted()
        await copier.copy(digest, row)
      }
      await copier.sync()
    } finally {
      await disk.close()
    }
  } finally {
    await store.close()
  }
  await copyFiles(to.path, options)
  // LevelDB does not sync all names of its files.
  for (const directory of [join(to.path, INDEX), to.path]) await syncDirectory(directory)
  signal.throwIfAborted()
}

async function copyRows(
  index: Index,
  store: KeyValue,
  { progress, signal }: BackupOptions,
): Promise<void> {
  const snapshot = index.snapshot()
  try {
    for await (const entries of snapshot.rows()) {
      signal.throwIfAborted()
      // Each batch is synced: LevelDB may lose what a later sync seems to cover.
      await store.write(new Map(entries), true)
      progress.rows += entries.length
    }
  } finally {
    await snapshot.close()
  }
}

async function* goodBlobs(store: KeyValue): AsyncGenerator<[Digest, BlobRow]> {
  const range = under('blob')
  for (let from = range.gt; ;) {
    const entries = await store.entries({ gt: from, lt: range.lt }, BLOBS_AT_ONCE)
    for (const [key, value] of entries) {
      const found = decode<BlobRow>(value)
      if (found.state === 'good' && !isSmallKey(found.key)) yield [lastPart(key) as Digest, found]
    }
    const last = entries.at(-1)
    if (last === undefined) return
    from = last[0]
  }
}

class BlobCopier {
  readonly #blobs: BlobStore
  readonly #to: string
  readonly #disk: NodeDisk
  readonly #options: BackupOptions
  readonly #touched = new Set<string>()

  constructor(blobs: BlobStore, to: string, disk: NodeDisk, options: BackupOptions) {
    this.#blobs = blobs
    this.#to = to
    this.#disk = disk
    this.#options = options
  }

  async copy(digest: Digest, { key, size }: BlobRow): Promise<void> {
    const { progress, log } = this.#options
    const path = blobPath(key)
    const linked = await this.#blobs.link(key, join(this.#to, path))
    const written = linked ? (await lstat(join(this.#to, path))).size : await this.#copyBytes(key)
    if (written !== size) {
      progress.damaged++
      log.error({ digest, key, size, written }, 'a blob is damaged and left out of the backup')
      if (written !== undefined) await unlink(join(this.#to, path))
      return
    }
    this.#touched.add(dirname(path))
    progress.blobs++
    progress.bytes += size
    if (!linked) progress.copied++
  }

  /** Makes the names durable; the bytes are durable already. */
  async sync(): Promise<void> {
    for (const directory of this.#touched) await this.#disk.syncDirectory(directory)
  }

  async #copyBytes(key: string): Promise<number | undefined> {
    const reader = await this.#blobs.open(key)
    if (reader === undefined) return undefined
    const file = await this.#disk.create(blobPath(key))
    let written = 0
    try {
      for await (const piece of reader) {
        this.#options.signal.throwIfAborted()
        await file.append(piece)
        written += piece.byteLength
      }
      await file.sync()
    } finally {
      await file.close()
    }
    return written
  }
}

async function copyFiles(to: string, { data, files }: BackupOptions): Promise<void> {
  for (const name of files) {
    await copyFile(join(data, name), join(to, name), constants.COPYFILE_EXCL)
    const file = await open(join(to, name), 'r')
    try {
      await file.sync()
    } finally {
      await file.close()
    }
  }
}
