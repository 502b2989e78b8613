import type { Digest } from '../oci/digest.ts'
import type { RegistryError } from '../oci/errors.ts'
import type { ManifestRecord } from '../../storage/index/manifests.ts'
import type { BlobReader } from '../../storage/blob-store.ts'

/** A manifest with its exact bytes. */
export interface ContentManifest {
  readonly record: ManifestRecord
  readonly bytes: Uint8Array
}

/**
 * What one repository holds, for those who look into it: what is missing, damaged or not linked here is undefined. Where
 * references are sparse, or while somebody deletes, anything that a manifest names may be.
 */
export interface RepositoryContent {
  /** Its name. */
  readonly repository: string
  /** @param reference a tag or a digest */
  manifest(reference: string): Promise<ContentManifest | undefined>
  blob(digest: string): Promise<ContentBlob | undefined>
  /**
   * Makes bytes a blob of the repository, as a client does; durable when it resolves.
   * @throws RegistryError DIGEST_INVALID, TOO_LARGE; what the chunks throw
   */
  addBlob(digest: Digest, chunks: AsyncIterable<Uint8Array>): Promise<void>
}

/** A blob that is linked in the repository. */
export interface ContentBlob {
  /** Bytes. */
  readonly size: number
  /** What is known of it, see the Index's Facts. */
  facts(): Promise<Uint8Array | undefined>
  keepFacts(facts: Uint8Array): Promise<void>
  open(): Promise<BlobReader | undefined>
  /** Its bytes were found not to be those of its digest: it is served no more, until it is pushed again. */
  damaged(what: string): Promise<RegistryError>
}
