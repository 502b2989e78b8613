import { algorithmOf, type Digest, encodedOf } from '../../src/oci/digest.ts'
import { KIB, MIB } from '../../src/base/sizes.ts'
import type { BlobWriter, SavedBlob, WriterState } from '../blob-store.ts'
import { FileReader } from './readers.ts'
import type { AppendFile, Disk } from './disk.ts'
import { blobKey, blobPath, smallKey, uploadPath } from '../keys.ts'
import { giveWriteBuffer, takeWriteBuffer } from './write-buffers.ts'

/**
 * Blobs up to this many bytes are left to the Index: one synced batch instead of two fsyncs and a
 * file.
 */
const SMALL = 16 * KIB

/**
 * After this many bytes a sync starts beside the writing, so that little is left for the last sync.
 */
const SYNC_AHEAD = 32 * MIB

/** Writes the bytes of one upload to a file, or keeps them for the Index while they are few. */
export class FileWriter implements BlobWriter {
  readonly #disk: Disk
  readonly #generation: string
  #head: Buffer | undefined
  /** Bytes that were in the file before this writer; 0 if it creates the file. */
  readonly #kept: number
  #file: AppendFile | undefined
  #offset: number
  /** Appended bytes that are not being written yet: the first `#filled` bytes of the buffer. */
  #buffer: Buffer | undefined
  #filled = 0
  #writing: Promise<void> | undefined
  #dirty = false
  #unsynced = 0
  /** The sync that runs beside the writing, or the first one that failed. */
  #ahead: Promise<void> | undefined

  constructor(
    disk: Disk,
    generation: string,
    head: Buffer,
    file?: AppendFile,
    offset = head.byteLength,
  ) {
    this.#disk = disk
    this.#generation = generation
    this.#head = file ? undefined : head
    this.#kept = file ? offset : 0
    this.#file = file
    this.#offset = offset
  }

  get offset(): number {
    return this.#offset
  }

  async append(chunk: Uint8Array): Promise<void> {
    this.#offset += chunk.byteLength
    if (this.#head !== undefined && this.#offset <= SMALL) {
      this.#head = Buffer.concat([this.#head, chunk])
      return
    }
    const head = this.#head
    this.#head = undefined
    if (head) await this.#gather(head)
    await this.#gather(chunk)
  }

  async suspend(): Promise<WriterState> {
    if (this.#head !== undefined) {
      return {
        generation: this.#generation,
        offset: this.#offset,
        head: this.#head.toString('base64'),
      }
    }
    try {
      await this.#flush()
    } finally {
      this.#release()
      await this.#file?.close()
    }
    return { generation: this.#generation, offset: this.#offset }
  }

  async commit(digest: Digest): Promise<SavedBlob> {
    if (this.#head !== undefined) {
      return { key: smallKey(digest, this.#generation), size: this.#offset, content: this.#head }
    }
    const key = blobKey(digest, this.#generation)
    const directory = blobPath(`${algorithmOf(digest)}/${encodedOf(digest).slice(0, 2)}`)
    try {
      await this.#write()
      await this.#writing
      await this.#disk.rename(uploadPath(this.#generation), blobPath(key))
      // The name may become durable before the bytes, because the index does not have it yet. So
      // both are synced together, which costs less than one after the other: file systems write
      // their journal once.
      await allOf(this.#sync(), this.#disk.syncDirectory(directory)).catch(
        async (error: unknown) => {
          await this.#disk
            .rename(blobPath(key), uploadPath(this.#generation))
            .catch(() => undefined)
          throw error
        },
      )
    } finally {
      this.#release()
      await this.#file?.close()
    }
    return { key, size: this.#offset }
  }

  async abort(): Promise<void> {
    // The file may be about to be created.
    await Promise.allSettled([this.#writing, this.#ahead])
    this.#release()
    if (this.#file === undefined) return
    await this.#file.close()
    const path = uploadPath(this.#generation)
    if (this.#kept === 0) await this.#disk.unlink(path)
    else await (await this.#disk.append(path, this.#kept))?.close()
  }

  async *read(): AsyncIterable<Uint8Array> {
    if (this.#head !== undefined) {
      if (this.#head.byteLength) yield this.#head
      return
    }
    await this.#flush()
    const file = await this.#disk.open(uploadPath(this.#generation))
    if (file) yield* new FileReader(file)
  }

  /**
   * Copies the chunk to the buffer: chunks kept until they are written would be freed late, and
   * many at a time.
   */
  async #gather(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.byteLength;) {
      this.#buffer ??= takeWriteBuffer()
      if (this.#buffer === undefined) return this.#writeThrough(chunk.subarray(at))
      const part = chunk.subarray(at, at + this.#buffer.byteLength - this.#filled)
      this.#buffer.set(part, this.#filled)
      this.#filled += part.byteLength
      at += part.byteLength
      if (this.#filled === this.#buffer.byteLength) await this.#write()
    }
  }

  /**
   * Starts writing the buffer after the write before it, so that one write runs while the next
   * buffer is filled.
   */
  async #write(): Promise<void> {
    await this.#writing
    const buffer = this.#buffer
    if (buffer === undefined) return
    const bytes = buffer.subarray(0, this.#filled)
    this.#buffer = undefined
    this.#filled = 0
    this.#begin(this.#writeNow(bytes).finally(() => giveWriteBuffer(buffer)))
  }

  async #writeThrough(bytes: Uint8Array): Promise<void> {
    await this.#writing
    this.#begin(this.#writeNow(bytes))
    await this.#writing
  }

  #begin(writing: Promise<void>): void {
    this.#dirty = true
    this.#writing = writing
    // The next caller awaits it and gets the failure. Until then it must not count as an unhandled
    // rejection.
    writing.catch(() => undefined)
  }

  async #writeNow(bytes: Uint8Array): Promise<void> {
    this.#file ??= await this.#disk.create(uploadPath(this.#generation))
    await this.#file.append(bytes)
    this.#unsynced += bytes.byteLength
    if (this.#unsynced < SYNC_AHEAD || this.#ahead) return
    this.#unsynced = 0
    this.#ahead = this.#file.sync()
    this.#ahead.then(
      () => (this.#ahead = undefined),
      () => undefined,
    )
  }

  #release(): void {
    if (this.#buffer) giveWriteBuffer(this.#buffer)
    this.#buffer = undefined
    this.#filled = 0
  }

  async #flush(): Promise<void> {
    await this.#write()
    await this.#writing
    await this.#sync()
  }

  async #sync(): Promise<void> {
    if (!this.#dirty) return
    await this.#ahead
    // Stored as the last write, so that a failed sync fails everything after it and is not tried
    // again.
    this.#writing = this.#file?.sync()
    await this.#writing
    this.#dirty = false
  }
}

/** Waits for all of them, even if one fails. */
async function allOf(...operations: Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(operations)).find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
}
