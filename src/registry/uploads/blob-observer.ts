import type { Digest } from '../../oci/digest.ts'

/**
 * Inspects the bytes of one blob, in order and from the first one. Never throws, and needs little
 * memory.
 */
export interface BlobWatch {
  /** The memory of the chunk may be reused afterwards. */
  update(chunk: Uint8Array): void
  /**
   * The facts to store with the blob, which is complete and has this digest; undefined if there are
   * none. Ends the watch.
   */
  finish(digest: Digest): Uint8Array | undefined
  /** Ends the watch, because the blob stays incomplete. Does nothing after `finish`. */
  abandon(): void
}

/**
 * Inspects blobs while they are pushed. The index stores the results as its facts about the blob.
 */
export interface BlobObserver {
  /** Begins to watch a blob pushed to the repository; undefined if it is not to be inspected. */
  watch(repository: string): BlobWatch | undefined
}
