import type { Digest } from '../../src/oci/digest.ts'

/**
 * What somebody found out about blobs by their bytes, one document per digest, opaque here. It may be lost, and is then found
 * out again; the operation that forgets a blob forgets it too.
 */
export interface Facts {
  get(digest: Digest): Promise<Uint8Array | undefined>
  /** Replaces what is known; does nothing where there is no such blob. Survives the end of the process, not of the machine. */
  put(digest: Digest, facts: Uint8Array): Promise<void>
}
