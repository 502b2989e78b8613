import { randomBytes } from 'node:crypto'
import { algorithmOf, type Digest, encodedOf } from '../src/oci/digest.ts'
import type {
  BlobReader,
  BlobStore,
  BlobWriter,
  ByteRange,
  SmallContent,
  StoredBlob,
  WriterState,
} from './blobs.ts'
import type { StoredKey } from './candidates.ts'
import { BytesReader, FileReader } from './blob-readers.ts'
import type { AppendFile, Disk } from './disk.ts'
import {
  UPLOADS,
  blobDirectories,
  blobKey,
  blobPath,
  generationOf,
  isSmallKey,
  smallKey,
  storedUnder,
  uploadPath,
} from './keys.ts'

/** Blobs up to this many bytes are left to the Index: one synced batch instead of two fsyncs and a file. */
const SMALL = 16 * 1024
/** Bytes gathered before they are written: fewer system calls, and little memory for each of many uploads. */
const WRITE_SIZE = 128 * 1024

/** Blobs as files, the small ones in the Index. See keys.ts for the tree. */
export class FileBlobs implements BlobStore {
  readonly #disk: Disk
  readonly #small: SmallContent

  constructor(disk: Disk, small: SmallContent) {
    this.#disk = disk
    this.#small = small
  }

  start(): BlobWriter {
    return new FileWriter(this.#disk, randomBytes(12).toString('hex'), Buffer.alloc(0))
  }

  async resume(state: WriterState): Promise<BlobWriter | undefined> {
    if (state.head !== undefined)
      return new FileWriter(this.#disk, state.generation, Buffer.from(state.head, 'base64'))
    const path = uploadPath(state.generation)
    const file =
      (await this.#disk.append(path, state.offset)) ??
      ((await this.#takeBack(state.generation)) && (await this.#disk.append(path, state.offset)))
    if (!file) return undefined
    return new FileWriter(this.#disk, state.generation, Buffer.alloc(0), file, state.offset)
  }

  /**
   * Makes bytes unfinished again whose commit the Index never came to know of, because the process ended in between.
   * Rare, so it may look at every name.
   */
  async #takeBack(generation: string): Promise<boolean> {
    for await (const { key } of this.list()) {
      if (generationOf(key) !== generation) continue
      await this.#disk.rename(blobPath(key), uploadPath(generation))
      await this.#disk.syncDirectory(UPLOADS)
      return true
    }
    return false
  }

  /** Also where the state has no file: a process that ended may have begun one. */
  async discard({ generation }: WriterState): Promise<void> {
    await this.#disk.unlink(uploadPath(generation))
  }

  async stat(key: string): Promise<number | undefined> {
    if (isSmallKey(key)) return (await this.#small.content(key))?.byteLength
    const file = await this.#disk.open(blobPath(key))
    await file?.close()
    return file?.size
  }

  async open(key: string, range?: ByteRange): Promise<BlobReader | undefined> {
    if (isSmallKey(key)) {
      const content = await this.#small.content(key)
      return content && new BytesReader(content, range)
    }
    const file = await this.#disk.open(blobPath(key))
    return file && new FileReader(file, range)
  }

  async link(key: string, path: string): Promise<boolean> {
    return isSmallKey(key) ? false : this.#disk.link(blobPath(key), path)
  }

  /** Small contents are the Index's own to remove, in the batch that forgets their key. */
  async remove(key: string): Promise<boolean> {
    return isSmallKey(key) ? false : this.#disk.unlink(blobPath(key))
  }

  async *list(): AsyncIterable<StoredKey> {
    for (const directory of blobDirectories()) {
      for (const name of await this.#disk.list(blobPath(directory))) {
        const stored = storedUnder(`${directory}/${name}`)
        if (stored) yield stored
      }
    }
  }

  async *listUnfinished(): AsyncIterable<string> {
    yield* await this.#disk.list(UPLOADS)
  }

  close(): Promise<void> {
    return this.#disk.close()
  }
}

class FileWriter implements BlobWriter {
  readonly #disk: Disk
  readonly #generation: string
  #head: Buffer | undefined
  /** Bytes that were in the file before this writer; none if the file is its own. */
  readonly #kept: number
  #file: AppendFile | undefined
  #offset: number
  #gathered: Uint8Array[] = []
  #gatheredBytes = 0
  #writing: Promise<void> | undefined
  #dirty = false

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
    if (this.#head?.byteLength) this.#gather(this.#head)
    this.#head = undefined
    this.#gather(chunk)
    if (this.#gatheredBytes >= WRITE_SIZE) await this.#write()
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
      await this.#file?.close()
    }
    return { generation: this.#generation, offset: this.#offset }
  }

  async commit(digest: Digest): Promise<StoredBlob> {
    if (this.#head !== undefined) {
      return { key: smallKey(digest, this.#generation), size: this.#offset, content: this.#head }
    }
    await this.suspend()
    const key = blobKey(digest, this.#generation)
    const path = blobPath(key)
    await this.#disk.rename(uploadPath(this.#generation), path)
    await this.#disk.syncDirectory(
      blobPath(`${algorithmOf(digest)}/${encodedOf(digest).slice(0, 2)}`),
    )
    return { key, size: this.#offset }
  }

  async abort(): Promise<void> {
    // The file may be about to be made.
    await this.#writing?.catch(() => undefined)
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

  #gather(chunk: Uint8Array): void {
    this.#gathered.push(chunk)
    this.#gatheredBytes += chunk.byteLength
  }

  /** Starts writing what was gathered once the write before it is done, so that one write runs while more is gathered. */
  async #write(): Promise<void> {
    await this.#writing
    if (this.#gatheredBytes === 0) return
    const chunks = this.#gathered
    this.#gathered = []
    this.#gatheredBytes = 0
    this.#dirty = true
    this.#writing = this.#writeNow(chunks)
    // The failure is the next caller's who awaits it; without this line it would be nobody's in the meantime.
    this.#writing.catch(() => undefined)
  }

  async #writeNow(chunks: Uint8Array[]): Promise<void> {
    this.#file ??= await this.#disk.create(uploadPath(this.#generation))
    await this.#file.append(chunks)
  }

  async #flush(): Promise<void> {
    await this.#write()
    await this.#writing
    if (!this.#dirty) return
    // Kept as the last write, so that a failed sync fails everything after it instead of being tried again.
    this.#writing = this.#file?.sync()
    await this.#writing
    this.#dirty = false
  }
}
