import type { Hash } from 'node:crypto'
import type { BlobReader } from '../../storage/blob-store.ts'
import { algorithmOf, type Digest, finishDigest, startHash } from '../oci/digest.ts'

export interface VerifyingReaderOptions {
  /** Called once all bytes were read and match the digest. */
  readonly verified: () => void
  /** Called if they do not match; its error is thrown to the reader. */
  readonly damagedError: () => Promise<Error>
}

/**
 * All bytes of a blob, verified against its digest as they are read. The last piece of a damaged
 * blob is never returned, so that no client takes the bytes for the whole blob.
 */
export class VerifyingReader implements BlobReader {
  readonly size: number
  readonly #reader: BlobReader
  readonly #pieces: AsyncIterator<Uint8Array, undefined>
  readonly #digest: Digest
  readonly #options: VerifyingReaderOptions
  readonly #hash: Hash
  #read = 0

  constructor(reader: BlobReader, digest: Digest, options: VerifyingReaderOptions) {
    this.size = reader.size
    this.#reader = reader
    this.#pieces = reader[Symbol.asyncIterator]() as AsyncIterator<Uint8Array, undefined>
    this.#digest = digest
    this.#options = options
    this.#hash = startHash(algorithmOf(digest))
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const next = await this.#pieces.next()
    if (next.done) return next
    this.#hash.update(next.value)
    this.#read += next.value.byteLength
    if (this.#read === this.size) await this.#verify()
    return next
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    await this.close()
    return { done: true, value: undefined }
  }

  close(): Promise<void> {
    return this.#reader.close()
  }

  async #verify(): Promise<void> {
    const actual = finishDigest(algorithmOf(this.#digest), this.#hash)
    if (actual === this.#digest) return this.#options.verified()
    await this.close()
    throw await this.#options.damagedError()
  }
}
