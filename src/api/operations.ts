import * as z from 'zod'

/*
 * Operations that run in the background of a server: garbage collection, scrub and backup. A POST
 * starts one or joins the one that is running, and a GET reads its status; only operators may do
 * either. Times are milliseconds since 1970, sizes are bytes.
 */

/** The part of a status that all operations have. */
export interface OperationStatus<State extends string = string> {
  readonly state: State
  readonly startedAt: number
  readonly endedAt?: number
  /** Why it is paused, failed or was stopped. */
  readonly reason?: string
}

/** The answer to a GET where no such operation has run yet. */
export interface NotRunYet {
  readonly state: 'none'
}

/** `POST /v2/_wasmoor/gc`; an empty body stands for `{}`. */
export const gcRequest = z.strictObject({ dryRun: z.boolean().default(false) })

/** Counts of a garbage collection; in a dry run, of what it would delete at least. */
export interface GcStatus extends OperationStatus<
  'running' | 'finished' | 'paused' | 'failed' | 'stopped'
> {
  readonly dryRun: boolean
  /** Content that became unreferenced later than this stays; null if the grace is not over yet. */
  readonly cutoff: number | null
  /** Candidates that were looked at. */
  readonly examined: number
  /** Untagged manifests that were deleted. */
  readonly manifests: number
  /** Blobs that were removed from a repository. */
  readonly links: number
  /** Blobs that were deleted from the store. */
  readonly blobs: number
  /** Bytes of the deleted blobs. */
  readonly bytes: number
  /** Files that were deleted because no good index entry has them: orphans and damaged content. */
  readonly files: number
  /**
   * Orphans (files without an index entry) that were found after an unclean end; a later collection
   * deletes them.
   */
  readonly orphans: number
  /** Files that could not be deleted; the next collection tries again. */
  readonly failures: number
}

/** `/v2/_wasmoor/scrub` */
export interface ScrubStatus extends OperationStatus<
  'running' | 'finished' | 'failed' | 'stopped'
> {
  readonly blobs: number
  readonly manifests: number
  /** Bytes of those blobs and manifests. */
  readonly bytes: number
  /**
   * Blobs and manifests that do not match their digests, including those that earlier scrubs found.
   */
  readonly damaged: number
  /** Blobs and manifests that the disk did not return. */
  readonly unreadable: number
  /** Files without an index entry; collection deletes them. */
  readonly orphans: number
  readonly findings: readonly ScrubFinding[]
}

/** One problem found by a scrub. */
export interface ScrubFinding {
  readonly kind: 'blob' | 'manifest' | 'orphan'
  /** A digest, a repository and a digest, or the key of a file. */
  readonly name: string
  readonly what: string
}

/** `POST /v2/_wasmoor/backup` */
export const backupRequest = z.strictObject({
  /** Absolute path on the server's machine; the directory is new or empty. */
  directory: z.string().min(1).max(4096),
})

/** `/v2/_wasmoor/backup` */
export interface BackupStatus extends OperationStatus<'running' | 'finished' | 'failed'> {
  readonly directory: string
  readonly progress: {
    /** Index rows. */
    readonly rows: number
    readonly blobs: number
    /** Bytes of those blobs. */
    readonly bytes: number
    /** Blobs that were copied because the file system could not link them. */
    readonly copied: number
    /** Blobs left out because they are damaged in the registry. */
    readonly damaged: number
  }
}
