import type { Hash } from 'node:crypto'
import { type Digest, type DigestAlgorithm, finishDigest, startHash } from '../../oci/digest.ts'
import type { BlobWatch, Watching } from './blob-observer.ts'

/** A digest of bytes as they come, and what an observer finds in them. */
export class RunningDigest {
  readonly algorithm: DigestAlgorithm
  readonly #hash: Hash
  readonly #watching: Watching | undefined
  #watch: BlobWatch | undefined
  #length = 0

  constructor(algorithm: DigestAlgorithm, watching?: Watching) {
    this.algorithm = algorithm
    this.#hash = startHash(algorithm)
    this.#watching = watching
  }

  /** Bytes so far. */
  get length(): number {
    return this.#length
  }

  update(chunk: Uint8Array): void {
    if (this.#length === 0) this.#watch ??= this.#watching?.()
    this.#hash.update(chunk)
    this.#watch?.update(chunk)
    this.#length += chunk.byteLength
  }

  finish(): Digest {
    return finishDigest(this.algorithm, this.#hash)
  }

  /** What was found in all the bytes, which have this digest. To be called once. */
  facts(digest: Digest): Uint8Array | undefined {
    const watch = this.#length === 0 ? this.#watching?.() : this.#watch
    return watch?.finish(digest)
  }

  /** Nobody goes on with it. */
  abandon(): void {
    this.#watch?.abandon()
  }
}
