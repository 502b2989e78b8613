import type { BlobReader } from '../../storage/blob-store.ts'
import { RunningDigest } from './uploads/running-digest.ts'
import { algorithmOf, type Digest } from '../oci/digest.ts'

/**
 * All bytes of a blob, compared with its digest as they are read. Where they are others, the last piece is not handed out:
 * nobody takes them for the whole blob.
 */
export class VerifyingReader implements BlobReader {
  readonly size: number
  readonly #reader: BlobReader
  readonly #pieces: AsyncIterator<Uint8Array, undefined>
  readonly #digest: Digest
  readonly #running: RunningDigest
  readonly #verified: () => void
  readonly #damaged: () => Promise<Error>

  /**
   * @param verified told that the bytes are right, once all were read
   * @param damaged told that they are not; the failure it gives is thrown to the reader
   */
  constructor(
    reader: BlobReader,
    digest: Digest,
    verified: () => void,
    damaged: () => Promise<Error>,
  ) {
    this.size = reader.size
    this.#reader = reader
    this.#pieces = reader[Symbol.asyncIterator]() as AsyncIterator<Uint8Array, undefined>
    this.#digest = digest
    this.#running = new RunningDigest(algorithmOf(digest))
    this.#verified = verified
    this.#damaged = damaged
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const next = await this.#pieces.next()
    if (next.done) return next
    this.#running.update(next.value)
    if (this.#running.length === this.size) await this.#compare()
    return next
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    await this.close()
    return { done: true, value: undefined }
  }

  close(): Promise<void> {
    return this.#reader.close()
  }

  async #compare(): Promise<void> {
    if (this.#running.finish() === this.#digest) return this.#verified()
    await this.close()
    throw await this.#damaged()
  }
}
