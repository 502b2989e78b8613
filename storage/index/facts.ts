import type { Digest } from '../../src/oci/digest.ts'

/**
 * Facts that were read from the bytes of blobs: one opaque document per digest. It may be lost, and
 * is then read again. It is deleted together with its blob.
 */
export interface Facts {
  get(digest: Digest): Promise<Uint8Array | undefined>
  /**
   * Replaces the facts; does nothing if there is no such blob. Survives the end of the process, not
   * of the machine.
   */
  put(digest: Digest, facts: Uint8Array): Promise<void>
}
