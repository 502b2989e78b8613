import type { Digest } from '../../oci/digest.ts'

/** Looks at the bytes of one blob, all of them in their order. It never throws, and holds little. */
export interface BlobWatch {
  /** The memory of the chunk may be used again afterwards. */
  update(chunk: Uint8Array): void
  /** What is to be kept with the blob, which is complete and has this digest; undefined if nobody knows. */
  finish(digest: Digest): Uint8Array | undefined
  /** The bytes will not be complete. Does nothing after `finish`. */
  abandon(): void
}

/** Looks at blobs as they arrive. What it finds is kept by the Index as their Facts. */
export interface BlobObserver {
  /** Undefined if it does not care for blobs of that repository. */
  watch(repository: string): BlobWatch | undefined
}

/** Begins to look at one blob. */
export type Watching = () => BlobWatch | undefined
