import type { Digest } from '../../src/oci/digest.ts'
import type { SavedBlob, SmallContent } from '../blob-store.ts'
import type { ContentState } from './content-state.ts'
import type { Page, PageRequest } from './page.ts'

/** A digest and where its bytes are. */
export interface BlobRecord {
  readonly digest: Digest
  /** The key of the bytes in the BlobStore. */
  readonly key: string
  /** Bytes. */
  readonly size: number
}

/** A blob in the list of all blobs, whether or not it can be served. */
export interface ListedBlob extends BlobRecord {
  readonly state: ContentState
}

export interface BlobLink {
  readonly repository: string
  readonly digest: Digest
  readonly saved: SavedBlob
  /** The upload session that ends with this link. */
  readonly upload?: string
  /** Stored in the same batch, unless there are {@link Facts} about the digest already. */
  readonly facts?: Uint8Array
  readonly time: number
}

export interface LinkOutcome {
  /** Where the bytes of the digest are now. */
  readonly blob: BlobRecord
  /**
   * The new key, where the digest had good bytes already: the bytes under it can be removed at
   * once.
   */
  readonly unusedKey?: string
}

export type UnlinkOutcome =
  | { readonly outcome: 'unlinked' }
  | { readonly outcome: 'unknown' }
  /** A manifest of the repository refers to the blob. */
  | { readonly outcome: 'referenced'; readonly by: string }

/** Blobs are stored once, and visible in the repositories that link them. */
export interface Blobs extends SmallContent {
  /** The blob, if it is linked in the repository and not quarantined. */
  get(repository: string, digest: Digest): Promise<BlobRecord | undefined>
  /** Links a blob. The saved bytes become its bytes, unless the digest has good bytes already. */
  link(link: BlobLink): Promise<LinkOutcome>
  /** Links a blob of another repository; false if it is not linked there, or is quarantined. */
  mount(repository: string, digest: Digest, from: string, time: number): Promise<boolean>
  /** Names of the repositories that link the blob, in byte order. */
  repositories(digest: Digest, page: PageRequest): Promise<Page<string>>
  unlink(repository: string, digest: Digest, time: number): Promise<UnlinkOutcome>
  /**
   * When the blob was last pushed to, mounted in or {@link touch touched} in the repository;
   * undefined if it is not linked.
   */
  usedAt(repository: string, digest: Digest): Promise<number | undefined>
  /**
   * Records a use of a blob that no manifest refers to: its age for collection starts again. False
   * if it is not linked in the repository. May be lost in a crash.
   */
  touch(repository: string, digest: Digest, time: number): Promise<boolean>
  /** The blob, whichever repositories link it, if any. */
  locate(digest: Digest): Promise<ListedBlob | undefined>
  /** All blobs, by digest. */
  listAll(page: PageRequest): Promise<Page<ListedBlob>>
  /**
   * Hides the blob until it is pushed again, because the bytes under the key do not match the
   * digest. False if these are not the blob's bytes, or no longer its good bytes.
   */
  quarantine(digest: Digest, key: string, time: number): Promise<boolean>
}
