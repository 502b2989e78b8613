import type { Hash } from 'node:crypto'
import type { BlobWriter } from '../../../storage/blob-store.ts'
import {
  algorithmOf,
  type Digest,
  type DigestAlgorithm,
  finishDigest,
  startHash,
} from '../../oci/digest.ts'
import { RegistryError } from '../../oci/errors.ts'
import type { BlobWatch } from './blob-observer.ts'
import type { UploadBody } from './part.ts'

/**
 * The digest of a blob whose bytes are still arriving, and the watch of an observer over the same
 * bytes.
 */
export class RunningDigest {
  readonly algorithm: DigestAlgorithm
  readonly #hash: Hash
  readonly #startWatch: (() => BlobWatch | undefined) | undefined
  #watch: BlobWatch | undefined
  #length = 0

  constructor(algorithm: DigestAlgorithm, startWatch?: () => BlobWatch | undefined) {
    this.algorithm = algorithm
    this.#hash = startHash(algorithm)
    this.#startWatch = startWatch
  }

  /** Bytes so far. */
  get length(): number {
    return this.#length
  }

  update(chunk: Uint8Array): void {
    if (this.#length === 0) this.#watch ??= this.#startWatch?.()
    this.#hash.update(chunk)
    this.#watch?.update(chunk)
    this.#length += chunk.byteLength
  }

  /** To be called once; afterwards there can be no more bytes. */
  finish(): Digest {
    return finishDigest(this.algorithm, this.#hash)
  }

  /** The observer's facts about the complete blob, which has this digest. To be called once. */
  facts(digest: Digest): Uint8Array | undefined {
    const watch = this.#length === 0 ? this.#startWatch?.() : this.#watch
    return watch?.finish(digest)
  }

  /** Ends the watch: the blob stays incomplete. */
  abandon(): void {
    this.#watch?.abandon()
  }
}

/** Bytes of one blob on their way in: each chunk is counted, hashed, observed and written. */
export class BlobTransfer {
  readonly writer: BlobWriter
  /**
   * The digest of all bytes so far, in the algorithm that the client is likely to close the upload
   * with.
   */
  readonly running: RunningDigest
  readonly #limit: number

  /** @param limit bytes that a blob may have; 0 for no limit */
  constructor(writer: BlobWriter, running: RunningDigest, limit: number) {
    this.writer = writer
    this.running = running
    this.#limit = limit
  }

  /**
   * Receives all bytes of a request.
   * @param length bytes that the request announced
   * @throws RegistryError TOO_LARGE, before a byte is read if the length is known; SIZE_INVALID;
   *   the errors of the chunks and of the disk
   */
  async receive(body: UploadBody, length?: number): Promise<void> {
    const end = length === undefined ? undefined : this.writer.offset + length
    this.#assertLimit(this.writer.offset + (body.length ?? 0))
    for await (const chunk of body.chunks) {
      const offset = this.writer.offset + chunk.byteLength
      if (end !== undefined && offset > end) throw wrongLengthError()
      this.#assertLimit(offset)
      this.running.update(chunk)
      await this.writer.append(chunk)
    }
    if (end !== undefined && this.writer.offset !== end) throw wrongLengthError()
  }

  /**
   * Compares the complete blob with the digest that the client gave. Bytes hashed with another
   * algorithm are read again.
   * @throws RegistryError DIGEST_INVALID; the errors of the disk
   */
  async verify(expected: Digest): Promise<void> {
    const algorithm = algorithmOf(expected)
    const running =
      this.running.algorithm === algorithm
        ? this.running
        : await digestWritten(this.writer, new RunningDigest(algorithm))
    const actual = running.finish()
    if (actual === expected) return
    throw new RegistryError(
      'DIGEST_INVALID',
      `the uploaded bytes have the digest ${actual}, not the one that was given: nothing was stored`,
      { detail: { actual } },
    )
  }

  /** Drops the bytes of this transfer. Never throws: the caller is handling another error. */
  async abort(): Promise<void> {
    this.running.abandon()
    await this.writer.abort().catch(() => undefined)
  }

  #assertLimit(bytes: number): void {
    if (this.#limit > 0 && bytes > this.#limit)
      throw new RegistryError('TOO_LARGE', `blobs may have at most ${this.#limit} bytes here`)
  }
}

/** Updates the digest with the bytes written so far, which are read again. */
export async function digestWritten(
  writer: BlobWriter,
  digest: RunningDigest,
): Promise<RunningDigest> {
  try {
    for await (const piece of writer.read()) digest.update(piece)
    return digest
  } catch (error) {
    digest.abandon()
    throw error
  }
}

function wrongLengthError(): RegistryError {
  return new RegistryError(
    'SIZE_INVALID',
    'the request had more or fewer bytes than it announced: none of them were kept',
  )
}
