import type { Digest } from '../../src/oci/digest.ts'
import type { CandidateKind } from '../keys.ts'
import type { Page, PageRequest } from './page.ts'

export interface Candidate {
  /** Where the list of its kind goes on: the value for {@link PageRequest.after}. */
  readonly position: string
  /** When it may have become unreferenced. */
  readonly time: number
  readonly kind: CandidateKind
  /** As the kind says: a repository and digest, a digest, or a key and its digest. */
  readonly object: readonly string[]
}

/** Bytes in a BlobStore: their key, and the digest they were committed with. */
export interface StoredKey {
  readonly key: string
  readonly digest: Digest
}

export interface CollectTerms {
  /** What was pushed, mounted, found or let go later than this is too young to be forgotten. */
  readonly before: number
  /** Now. A time beyond it (the clock was set back) counts as now. */
  readonly time: number
  /** Decides and changes nothing. */
  readonly dryRun?: boolean
}

export interface CollectedBlob {
  readonly digest: Digest
  /** Bytes. */
  readonly size: number
}

export type Decision =
  /** In use, or gone before: a candidate no more. */
  | { readonly outcome: 'kept' }
  /** Stays a candidate. */
  | { readonly outcome: 'young' }
  | {
      readonly outcome: 'forgotten'
      /** Set where a blob went with it, or was it. */
      readonly blob?: CollectedBlob
      /** Bytes that may be removed now; then tell {@link Candidates.removed}. */
      readonly remove?: { readonly key: string; readonly position: string }
    }

/** Either somebody holds a lease on removals, and nothing was decided; or a verdict on each candidate, in order. */
export type CollectOutcome =
  | { readonly suspendedBy: string }
  | { readonly suspendedBy?: undefined; readonly verdicts: readonly Decision[] }

/**
 * What may have become unreferenced, the oldest first. Written by the operations that let go of it, in their own batches.
 * Whatever is unreferenced is a candidate, with a time no later than its last push, mount or find.
 */
export interface Candidates {
  list(kind: CandidateKind, page: PageRequest): Promise<Page<Candidate>>
  /**
   * Decides on candidates of one kind, as one operation: forgets those that are unreferenced at this moment and older than
   * `before`, and keeps the others. What is forgotten is gone for good when this resolves; its bytes are the caller's to remove.
   * - link: no manifest of the repository names the blob. Where it was the last link, the blob goes too.
   * - blob: it is linked nowhere. Needs no age: nobody can see it.
   * - manifest: no tag points at it, no manifest names it, and it refers to none that is there.
   * - key: no good blob lies under it.
   */
  collect(candidates: readonly Candidate[], terms: CollectTerms): Promise<CollectOutcome>
  /** Bytes are gone: forgets the candidates of kind `key` at these positions. Survives the end of the process. */
  removed(positions: readonly string[]): Promise<void>
  /** Makes those of the keys candidates that no entry names. Returns which. */
  addOrphans(keys: readonly StoredKey[], time: number): Promise<readonly StoredKey[]>
}
