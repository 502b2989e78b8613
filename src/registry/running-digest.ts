import type { Hash } from 'node:crypto'
import { type Digest, type DigestAlgorithm, finishDigest, startHash } from '../oci/digest.ts'

/** A digest of bytes as they come. */
export class RunningDigest {
  readonly algorithm: DigestAlgorithm
  readonly #hash: Hash
  #length = 0

  constructor(algorithm: DigestAlgorithm) {
    this.algorithm = algorithm
    this.#hash = startHash(algorithm)
  }

  /** Bytes so far. */
  get length(): number {
    return this.#length
  }

  update(chunk: Uint8Array): void {
    this.#hash.update(chunk)
    this.#length += chunk.byteLength
  }

  finish(): Digest {
    return finishDigest(this.algorithm, this.#hash)
  }
}
