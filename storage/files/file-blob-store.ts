import { randomBytes } from 'node:crypto'
import type {
  BlobReader,
  BlobStore,
  BlobWriter,
  ByteRange,
  SmallContent,
  WriterState,
  StoredKey,
} from '../blob-store.ts'
import { BytesReader, FileReader } from './readers.ts'
import { FileWriter } from './writer.ts'
import type { Disk } from './disk.ts'
import {
  UPLOADS,
  blobDirectories,
  blobPath,
  generationOf,
  isSmallKey,
  parseBlobKey,
  uploadPath,
} from '../keys.ts'

/** Stores blobs in files, and leaves small ones to the Index. See keys.ts for the directories. */
export class FileBlobStore implements BlobStore {
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
      ((await this.#uncommit(state.generation)) && (await this.#disk.append(path, state.offset)))
    if (!file) return undefined
    return new FileWriter(this.#disk, state.generation, Buffer.alloc(0), file, state.offset)
  }

  /**
   * Makes committed bytes unfinished again if the process ended before the Index learned of the
   * commit. Rare, so it may read the names of all files.
   */
  async #uncommit(generation: string): Promise<boolean> {
    for await (const { key } of this.list()) {
      if (generationOf(key) !== generation) continue
      await this.#disk.rename(blobPath(key), uploadPath(generation))
      await this.#disk.syncDirectory(UPLOADS)
      return true
    }
    return false
  }

  /** Also for a state without a file: the process may have ended after creating one. */
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

  /** Small bytes are deleted by the Index, in the batch that deletes their key. */
  async remove(key: string): Promise<boolean> {
    return isSmallKey(key) ? false : this.#disk.unlink(blobPath(key))
  }

  async *list(): AsyncIterable<StoredKey> {
    for (const directory of blobDirectories()) {
      for (const name of await this.#disk.list(blobPath(directory))) {
        const stored = parseBlobKey(`${directory}/${name}`)
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
