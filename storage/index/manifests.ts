import type { Digest } from '../../src/oci/digest.ts'
import type { Manifest } from '../../src/oci/manifest.ts'
import type { Condition } from './condition.ts'
import type { ContentState } from './content-state.ts'
import type { Page, PageRequest } from './page.ts'
import type { TagPush } from './tags.ts'

export interface ManifestRecord {
  readonly digest: Digest
  readonly mediaType: string
  /** Bytes. */
  readonly size: number
  readonly pushedAt: number
  readonly subject?: string
  readonly artifactType?: string
}

export interface ManifestPut extends TagPush {
  readonly repository: string
  readonly digest: Digest
  readonly bytes: Uint8Array
  readonly manifest: Manifest
  /** Whether the required references must be in the repository. A subject is never required. */
  readonly requireReferences: boolean
  /**
   * Must hold for the current digest of `conditionOn`: a tag, or a digest (default: the manifest
   * itself).
   */
  readonly condition?: Condition
  readonly conditionOn?: string
  /** A media type of the stored manifest that gives way to that of this one. */
  readonly replacesType?: string
}

export type ManifestPutOutcome =
  | { readonly outcome: 'stored' }
  /** The condition of the put with this digest does not hold. */
  | { readonly outcome: 'precondition-failed'; readonly digest: Digest }
  | { readonly outcome: 'immutable-tag'; readonly tag: string }
  /** Required references that are not in the repository. */
  | { readonly outcome: 'missing'; readonly digests: readonly string[] }
  /** The manifest is stored under another media type, which it keeps. */
  | { readonly outcome: 'other-type'; readonly mediaType: string }
  /** A reference whose descriptor gives another size than the content has. */
  | {
      readonly outcome: 'wrong-size'
      readonly digest: string
      readonly expected: number
      readonly actual: number
    }

/** A manifest in the list of all repositories' manifests. */
export interface ListedManifest {
  /** The value for {@link PageRequest.after} that continues the list after this entry. */
  readonly position: string
  readonly repository: string
  readonly digest: Digest
  /** Bytes. */
  readonly size: number
  readonly state: ContentState
}

export interface Manifests {
  /** The manifest under a tag or digest. */
  get(repository: string, reference: string): Promise<ManifestRecord | undefined>
  bytes(repository: string, digest: Digest): Promise<Uint8Array | undefined>
  /**
   * Stores all of the manifests or none. A manifest may refer only to content that was there before
   * the call. The outcome is the first refusal, if any.
   */
  put(...puts: readonly ManifestPut[]): Promise<ManifestPutOutcome>
  /**
   * Deletes the manifest and the tags that point at it. Refused with the name of an immutable tag
   * if one points at the manifest, or at an index that includes it; false if there is no such
   * manifest.
   */
  delete(
    repository: string,
    digest: Digest,
    time: number,
    isImmutable?: (tag: string) => boolean,
  ): Promise<boolean | { readonly immutableTag: string }>
  /**
   * Records a use of a manifest that is unreferenced: its age for collection starts again. May be
   * lost in a crash.
   */
  touch(repository: string, digest: Digest, time: number): Promise<void>
  /** The manifests of all repositories, by repository and digest. */
  listAll(page: PageRequest): Promise<Page<ListedManifest>>
  /**
   * Hides the manifest until it is pushed again. Checks the bytes itself: false if they are good by
   * now, or if there is no such manifest.
   */
  quarantine(repository: string, digest: Digest): Promise<boolean>
}
