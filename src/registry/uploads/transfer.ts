import type { BlobWriter } from '../../../storage/blob-store.ts'
import type { Digest, DigestAlgorithm } from '../../oci/digest.ts'
import { RegistryError } from '../../oci/errors.ts'
import { RunningDigest } from './running-digest.ts'
import type { UploadBody } from './part.ts'

/** Bytes of one blob on their way in: counted, hashed, observed and written as they come. */
export class BlobTransfer {
  readonly writer: BlobWriter
  /** Of all bytes so far, in the algorithm that was likely when they came. */
  readonly digest: RunningDigest
  readonly #limit: number

  /** @param limit bytes that a blob may have; 0 for no limit */
  constructor(writer: BlobWriter, digest: RunningDigest, limit: number) {
    this.writer = writer
    this.digest = digest
    this.#limit = limit
  }

  /** Goes on with bytes of which `known` may be the digest so far; if it is not, they are read again. */
  static async resume(
    writer: BlobWriter,
    known: RunningDigest | undefined,
    fresh: RunningDigest,
    limit: number,
  ): Promise<BlobTransfer> {
    const { algorithm } = fresh
    const fits =
      known?.length === writer.offset && (writer.offset > 0 || known.algorithm === algorithm)
    if (fits) return new BlobTransfer(writer, known, limit)
    known?.abandon()
    return new BlobTransfer(writer, await digestSoFar(writer, fresh), limit)
  }

  /**
   * Takes the bytes, which are `length` if that was said.
   * @throws RegistryError TOO_LARGE, before a byte is read where that can be known; SIZE_INVALID; what the chunks or the
   *   disk throw
   */
  async receive(body: UploadBody, length?: number): Promise<void> {
    const end = length === undefined ? undefined : this.writer.offset + length
    this.#checkLimit(this.writer.offset + (body.length ?? 0))
    for await (const chunk of body.chunks) {
      const offset = this.writer.offset + chunk.byteLength
      if (end !== undefined && offset > end) throw wrongLength()
      this.#checkLimit(offset)
      this.digest.update(chunk)
      await this.writer.append(chunk)
    }
    if (end !== undefined && this.writer.offset !== end) throw wrongLength()
  }

  #checkLimit(bytes: number): void {
    if (this.#limit > 0 && bytes > this.#limit)
      throw new RegistryError('TOO_LARGE', `blobs may have at most ${this.#limit} bytes here`)
  }

  /**
   * Ends the receiving.
   * @throws RegistryError DIGEST_INVALID if the bytes are not what they should be
   */
  async expect(digest: Digest, algorithm: DigestAlgorithm): Promise<void> {
    const running =
      this.digest.algorithm === algorithm
        ? this.digest
        : await digestSoFar(this.writer, new RunningDigest(algorithm))
    const actual = running.finish()
    if (actual === digest) return
    throw new RegistryError(
      'DIGEST_INVALID',
      `the bytes that arrived have the digest ${actual}, not the one that was given: nothing was stored`,
      { detail: { actual } },
    )
  }
}

async function digestSoFar(writer: BlobWriter, digest: RunningDigest): Promise<RunningDigest> {
  try {
    for await (const piece of writer.read()) digest.update(piece)
    return digest
  } catch (error) {
    digest.abandon()
    throw error
  }
}

function wrongLength(): RegistryError {
  return new RegistryError(
    'SIZE_INVALID',
    'the request brought another number of bytes than it said: nothing of it was kept',
  )
}
