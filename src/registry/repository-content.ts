import type { BlobReader } from '../../storage/blob-store.ts'
import type { ManifestRecord } from '../../storage/index/manifests.ts'
import type { Digest } from '../oci/digest.ts'
import type { RegistryError } from '../oci/errors.ts'

/** A manifest with its exact bytes. */
export interface RepositoryManifest {
  readonly record: ManifestRecord
  readonly bytes: Uint8Array
}

/**
 * The content of one repository, for inspection. Content that is missing, damaged or not linked
 * here is undefined: also content that a manifest references, where `validation.references` is
 * `sparse` or while a client deletes it.
 */
export interface RepositoryContent {
  /** Name of the repository. */
  readonly repository: string
  /** @param reference a tag or a digest */
  manifest(reference: string): Promise<RepositoryManifest | undefined>
  blob(digest: string): Promise<RepositoryBlob | undefined>
  /**
   * Adds a blob to the repository, like a push. Durable when it resolves.
   * @throws RegistryError DIGEST_INVALID, TOO_LARGE; the errors of the chunks
   */
  addBlob(digest: Digest, chunks: AsyncIterable<Uint8Array>): Promise<void>
}

/** A blob that is linked in the repository. */
export interface RepositoryBlob {
  /** Bytes. */
  readonly size: number
  /** The stored facts about the blob, see the Index's Facts. */
  facts(): Promise<Uint8Array | undefined>
  putFacts(facts: Uint8Array): Promise<void>
  open(): Promise<BlobReader | undefined>
  /**
   * Hides the blob, whose bytes do not match its digest, until it is pushed again.
   * @param damage a predicate, such as "has other bytes"
   * @returns The error for the client
   */
  quarantine(damage: string): Promise<RegistryError>
}
