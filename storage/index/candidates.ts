import type { Digest } from '../../src/oci/digest.ts'
import type { StoredKey } from '../blob-store.ts'
import type { Page, PageRequest } from './page.ts'

/**
 * The kind of content that a candidate names.
 * - `link`: a blob in a repository where no manifest may refer to it; its object is [repository,
 *   digest]
 * - `blob`: a blob that no repository may link; [digest]
 * - `manifest`: a manifest that may be untagged and unreferenced; [repository, digest]
 * - `key`: bytes in the BlobStore that no blob may need; [key, digest]
 */
export type CandidateKind = 'link' | 'blob' | 'manifest' | 'key'

export interface Candidate {
  /**
   * The value for {@link PageRequest.after} that continues the list of this kind after this entry.
   */
  readonly position: string
  /** When it may have become unreferenced. */
  readonly time: number
  readonly kind: CandidateKind
  /** See {@link CandidateKind}. */
  readonly object: readonly string[]
}

export interface CollectTerms {
  /**
   * Content that was pushed, mounted or used, or lost a reference, after this time is too recent to
   * be deleted.
   */
  readonly cutoff: number
  /** Now. A later time (the clock was set back) counts as now. */
  readonly time: number
  /** Decides and changes nothing. */
  readonly dryRun?: boolean
}

export interface CollectedBlob {
  readonly digest: Digest
  /** Bytes. */
  readonly size: number
}

/** The collector's outcome for one candidate. */
export type Decision =
  /** In use, or already gone: no longer a candidate. */
  | { readonly outcome: 'kept' }
  /** Stays a candidate. */
  | { readonly outcome: 'too-recent' }
  | {
      readonly outcome: 'deleted'
      /** The blob that was deleted with the candidate, if any. */
      readonly blob?: CollectedBlob
      /**
       * Bytes that the caller can now remove from the BlobStore, to report it afterwards with
       * {@link Candidates.deleteKeyCandidates}.
       */
      readonly bytesToDelete?: { readonly key: string; readonly position: string }
    }

/**
 * Either the holder of the lease that pauses collection, or one decision for each candidate, in
 * order.
 */
export type CollectOutcome =
  | { readonly pausedBy: string }
  | { readonly pausedBy?: undefined; readonly decisions: readonly Decision[] }

/**
 * Content that may have become unreferenced, oldest first. The operations that remove references
 * write the candidates, in their own batches: all unreferenced content is a candidate, with a time
 * no later than its last push, mount or use.
 */
export interface Candidates {
  list(kind: CandidateKind, page: PageRequest): Promise<Page<Candidate>>
  /**
   * Decides on candidates of one kind in one operation: deletes those that are unreferenced at this
   * moment and not used since `cutoff`, and keeps the others. When it resolves, the deleted entries
   * are durably gone; their bytes are the caller's to remove.
   * - link: deleted if no manifest of the repository refers to the blob. With its last link the
   *   blob is deleted too.
   * - blob: deleted if no repository links it, whatever its age: nobody can see it.
   * - manifest: deleted if no tag points at it, no manifest refers to it, and its own subject, if
   *   any, is absent.
   * - key: deleted if it is not the key of a good blob.
   */
  collect(candidates: readonly Candidate[], terms: CollectTerms): Promise<CollectOutcome>
  /**
   * Deletes the candidates of kind `key` at these positions, whose bytes the caller has removed.
   * Survives the end of the process, not of the machine.
   */
  deleteKeyCandidates(positions: readonly string[]): Promise<void>
  /** Makes candidates of the keys that no blob entry has. Returns these keys. */
  addOrphans(keys: readonly StoredKey[], time: number): Promise<readonly StoredKey[]>
}
