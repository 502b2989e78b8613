import { randomBytes } from 'node:crypto'
import type { Digest } from '../../src/oci/digest.ts'
import { BytesReader } from '../../storage/files/readers.ts'
import type {
  BlobReader,
  BlobStore,
  BlobWriter,
  ByteRange,
  SavedBlob,
  WriterState,
  StoredKey,
} from '../../storage/blob-store.ts'
import { generationOf } from '../../storage/keys.ts'

/** A BlobStore in memory. */
export class MemoryBlobStore implements BlobStore {
  readonly #blobs = new Map<string, Uint8Array>()
  readonly #unfinished = new Map<string, Uint8Array[]>()

  start(): BlobWriter {
    return this.#writer(randomBytes(12).toString('hex'), [])
  }

  async resume(state: WriterState): Promise<BlobWriter | undefined> {
    const bytes = Buffer.concat(this.#unfinished.get(state.generation) ?? this.#takeBack(state))
    if (bytes.byteLength < state.offset) return undefined
    return this.#writer(state.generation, state.offset ? [bytes.subarray(0, state.offset)] : [])
  }

  /** Makes committed bytes unfinished again. */
  #takeBack({ generation }: WriterState): Uint8Array[] {
    for (const [key, bytes] of this.#blobs) {
      if (generationOf(key) !== generation) continue
      this.#blobs.delete(key)
      return [bytes]
    }
    return []
  }

  async discard(state: WriterState): Promise<void> {
    this.#unfinished.delete(state.generation)
  }

  async stat(key: string): Promise<number | undefined> {
    return this.#blobs.get(key)?.byteLength
  }

  async open(key: string, range?: ByteRange): Promise<BlobReader | undefined> {
    const bytes = this.#blobs.get(key)
    return bytes && new BytesReader(bytes, range)
  }

  async link(): Promise<boolean> {
    return false
  }

  async remove(key: string): Promise<boolean> {
    return this.#blobs.delete(key)
  }

  async *list(): AsyncIterable<StoredKey> {
    for (const key of this.#blobs.keys())
      yield { key, digest: key.slice(0, key.lastIndexOf('.')) as Digest }
  }

  async *listUnfinished(): AsyncIterable<string> {
    yield* this.#unfinished.keys()
  }

  async close(): Promise<void> {}

  #writer(generation: string, kept: readonly Uint8Array[]): BlobWriter {
    const blobs = this.#blobs
    const unfinished = this.#unfinished
    const chunks = [...kept]
    unfinished.set(generation, chunks)
    let offset = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0)
    return {
      get offset() {
        return offset
      },
      async append(chunk) {
        chunks.push(Uint8Array.from(chunk))
        offset += chunk.byteLength
      },
      async suspend() {
        return { generation, offset }
      },
      async commit(digest: Digest): Promise<SavedBlob> {
        const key = `${digest}.${generation}`
        blobs.set(key, Buffer.concat(chunks))
        unfinished.delete(generation)
        return { key, size: offset }
      },
      async abort() {
        unfinished.set(generation, [...kept])
      },
      async *read() {
        yield* chunks
      },
    }
  }
}
