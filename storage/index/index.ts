import type { Digest } from '../../src/oci/digest.ts'
import type { Manifest } from '../../src/oci/manifest.ts'
import type { SmallContent, SavedBlob } from '../blob-store.ts'
import type { AccessTokens } from './access-tokens.ts'
import type { Candidates } from './candidates.ts'
import type { Entry } from '../index-kv/key-value.ts'
import type { Facts } from './facts.ts'
import type { IndexState } from './state.ts'
import type { Leases } from './leases.ts'
import type { Condition } from './condition.ts'
import type { Page, PageRequest } from './page.ts'
import type { Progress } from './progress.ts'
import type { Uploads } from './uploads.ts'

/**
 * What the registry knows, apart from the bytes of blobs. Each method is one atomic operation; what it depends on is part
 * of it, and outcomes are plain data. Unless a method says otherwise, its changes are durable when it resolves.
 * Times are milliseconds since 1970. Every failure of the engine is a RegistryError UNAVAILABLE or STORAGE_FULL:
 * then nothing was acknowledged.
 */
export interface Index extends IndexState {
  readonly repositories: Repositories
  readonly manifests: Manifests
  readonly tags: Tags
  readonly referrers: Referrers
  readonly blobs: Blobs
  readonly facts: Facts
  readonly uploads: Uploads
  readonly candidates: Candidates
  readonly accessTokens: AccessTokens
  readonly leases: Leases
  readonly progress: Progress
  /** With everything acknowledged so far. */
  snapshot(): IndexSnapshot
  close(): Promise<void>
}

/** The index as it was at one moment, however it changes meanwhile. Whoever takes one closes it. */
export interface IndexSnapshot {
  /** Everything that another store needs, as the rows of keys.ts, some at a time: all but unfinished uploads and leases. */
  rows(): AsyncIterable<readonly Entry[]>
  close(): Promise<void>
}

export interface RepositoryRecord {
  readonly name: string
  readonly createdAt: number
  /** Last push of a manifest or tag, or `createdAt`. */
  readonly pushedAt: number
  readonly manifests: number
  readonly tags: number
  /** Linked blobs. */
  readonly blobs: number
  /** Bytes of manifests and linked blobs. */
  readonly bytes: number
}

/** A repository exists while it holds a manifest or a blob. */
export interface Repositories {
  get(name: string): Promise<RepositoryRecord | undefined>
  /** With `prefix` only those whose names begin with it. */
  list(page: PageRequest, prefix?: string): Promise<Page<RepositoryRecord>>
}

export interface ManifestRecord {
  readonly digest: Digest
  readonly mediaType: string
  /** Bytes. */
  readonly size: number
  readonly pushedAt: number
  readonly subject?: string
  readonly artifactType?: string
}

export interface ManifestPut {
  readonly repository: string
  readonly digest: Digest
  readonly bytes: Uint8Array
  readonly manifest: Manifest
  readonly tags: readonly string[]
  /** Whether the required references must be in the repository. A subject never is required. */
  readonly requireReferences: boolean
  /** Those of the tags that must not point at another manifest already. */
  readonly fixedTags?: readonly string[]
  /** Holds for what `conditionOn` names at that moment: a tag, or else the manifest itself. */
  readonly condition?: Condition
  readonly conditionOn?: string
  readonly time: number
}

export type ManifestPutOutcome =
  | { readonly outcome: 'stored' }
  /** The condition of the put with this digest. */
  | { readonly outcome: 'precondition-failed'; readonly digest: Digest }
  | { readonly outcome: 'fixed-tag'; readonly tag: string }
  /** Required references that are not in the repository. */
  | { readonly outcome: 'missing'; readonly digests: readonly string[] }
  /** A reference whose descriptor gives another size than the content has. */
  | {
      readonly outcome: 'wrong-size'
      readonly digest: string
      readonly expected: number
      readonly actual: number
    }

/** A manifest in a list of all that there are. */
export interface ListedManifest {
  /** Where the list goes on: the value for {@link PageRequest.after}. */
  readonly position: string
  readonly repository: string
  readonly digest: Digest
  /** Bytes. */
  readonly size: number
  readonly state: ContentState
}

/** Quarantined: found to be other bytes than the digest says, and not there for anybody until it is pushed again. */
export type ContentState = 'good' | 'quarantined'

export interface Manifests {
  /** The manifest under a tag or digest. */
  get(repository: string, reference: string): Promise<ManifestRecord | undefined>
  bytes(repository: string, digest: Digest): Promise<Uint8Array | undefined>
  /** Stores all of them or none; what one names must have been there before. The outcome is the first refusal, if any. */
  put(...puts: readonly ManifestPut[]): Promise<ManifestPutOutcome>
  /** Removes it and the tags that point at it, unless one of them, or of an index it is part of, is fixed; false: no such. */
  delete(
    repository: string,
    digest: Digest,
    time: number,
    isFixed?: (tag: string) => boolean,
  ): Promise<boolean | { readonly fixedTag: string }>
  /** Notes that somebody found the manifest, if nothing holds it. May be lost in a crash. */
  touch(repository: string, digest: Digest, time: number): Promise<void>
  /** Of all repositories. */
  listAll(page: PageRequest): Promise<Page<ListedManifest>>
  /** The manifest is gone until it is pushed again; false if its bytes are good, or it is not there. */
  quarantine(repository: string, digest: Digest): Promise<boolean>
}

export interface TagRecord {
  readonly tag: string
  readonly digest: Digest
  readonly pushedAt: number
}

export interface NewestTag extends TagRecord {
  /** Where the list goes on: the value for {@link PageRequest.after}. */
  readonly position: string
}

export interface Tags {
  /** With `prefix` only those that begin with it. */
  list(repository: string, page: PageRequest, prefix?: string): Promise<Page<TagRecord>>
  /** By time of push, the newest first; those of one time in reverse byte order. */
  listNewest(repository: string, page: PageRequest): Promise<Page<NewestTag>>
  /** Names of the tags that point at a manifest. */
  listOf(repository: string, digest: Digest, page: PageRequest): Promise<Page<string>>
  /** False if there is no such tag. The manifest stays. */
  delete(
    repository: string,
    tag: string,
    time: number,
    condition?: Condition,
  ): Promise<boolean | 'precondition-failed'>
}

export interface ReferrerRecord {
  /** Where the list goes on: the value for {@link PageRequest.after}. */
  readonly position: string
  readonly digest: Digest
  readonly mediaType: string
  readonly size: number
  readonly artifactType?: string
  readonly annotations: Readonly<Record<string, string>>
}

export interface Referrers {
  /** In the engine's own fixed order; with `artifactType` only those of that type. */
  list(
    repository: string,
    subject: string,
    artifactType: string | undefined,
    page: PageRequest,
  ): Promise<Page<ReferrerRecord>>
}

export interface BlobRecord {
  readonly digest: Digest
  readonly key: string
  /** Bytes. */
  readonly size: number
}

export interface BlobEntry extends BlobRecord {
  readonly state: ContentState
}

export interface BlobLink {
  readonly repository: string
  readonly digest: Digest
  readonly stored: SavedBlob
  /** The upload session that ends with this. */
  readonly upload?: string
  /** Kept in the same batch, unless there are {@link Facts} about the digest already. */
  readonly facts?: Uint8Array
  readonly time: number
}

export interface LinkOutcome {
  /** Where the bytes of the digest are now. */
  readonly blob: BlobRecord
  /** The key that was not needed, because the digest had bytes: they can be removed at once. */
  readonly unusedKey?: string
}

export type UnlinkOutcome =
  | { readonly outcome: 'unlinked' }
  | { readonly outcome: 'unknown' }
  /** A manifest of the repository names the blob. */
  | { readonly outcome: 'referenced'; readonly by: string }

export interface Blobs extends SmallContent {
  /** The blob, if it is linked in the repository and its bytes are not known to be bad. */
  get(repository: string, digest: Digest): Promise<BlobRecord | undefined>
  /** Makes bytes the blob of that digest and links it. Where the digest has good bytes already, those stay. */
  link(link: BlobLink): Promise<LinkOutcome>
  /** Links a blob of another repository; false if it is not linked there. */
  mount(repository: string, digest: Digest, from: string, time: number): Promise<boolean>
  /** Names of repositories in which the blob is linked. */
  repositories(digest: Digest, page: PageRequest): Promise<Page<string>>
  unlink(repository: string, digest: Digest, time: number): Promise<UnlinkOutcome>
  /** When the blob was last pushed, mounted or {@link touch touched} in the repository; undefined if it is not linked there. */
  foundAt(repository: string, digest: Digest): Promise<number | undefined>
  /**
   * Notes that somebody found the blob, if no manifest names it: its age for collection begins anew. False if it is no
   * longer linked there. May be lost in a crash.
   */
  touch(repository: string, digest: Digest, time: number): Promise<boolean>
  /** Wherever it is linked, or nowhere. */
  entry(digest: Digest): Promise<BlobEntry | undefined>
  /** All of them, by digest. */
  entries(page: PageRequest): Promise<Page<BlobEntry>>
  /**
   * The bytes under the key were found not to match the digest: the blob is gone until it is pushed again. False if they are
   * not the blob's good bytes any more.
   */
  quarantine(digest: Digest, key: string, time: number): Promise<boolean>
}
