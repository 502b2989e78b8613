import type { Action } from './actions.ts'

/*
 * Lists that say more than names, so that one request fills a page. Times are milliseconds since
 * 1970.
 */

/** An artifact as far as it is known without reading its content. */
export interface ArtifactSummary {
  readonly mediaType: string
  readonly artifactType?: string
  /** Bytes of the manifest and of the content that it references. */
  readonly size: number
  readonly convention: { readonly id: string; readonly title: string }
  readonly marks: readonly ConsumerMark[]
}

/** Whether a consumer that the artifact is made for loads it. */
export interface ConsumerMark {
  readonly consumer: string
  readonly title: string
  readonly verdict: 'ok' | 'refuses' | 'unknown'
}

/** `GET /v2/_wasmoor/repositories`, one page. */
export interface RepositoryList {
  readonly repositories: readonly RepositoryEntry[]
}

export interface RepositoryEntry {
  readonly name: string
  readonly createdAt: number
  readonly pushedAt: number
  readonly manifests: number
  readonly tags: number
  readonly blobs: number
  /** Bytes of the manifests and blobs. */
  readonly bytes: number
  /** The tag that was pushed last. Its summary is absent if the manifest is gone or damaged. */
  readonly newest?: Partial<ArtifactSummary> & { readonly tag: string; readonly digest: string }
}

/** `GET /v2/<name>/_wasmoor/tags`, one page. */
export interface TagList {
  readonly name: string
  /**
   * The actions that the caller may take in this repository, and that the registry offers at
   * present.
   */
  readonly actions: readonly Action[]
  readonly tags: readonly TagEntry[]
}

/** The summary is absent if the manifest is gone or damaged. */
export interface TagEntry extends Partial<ArtifactSummary> {
  readonly tag: string
  readonly digest: string
  readonly pushedAt: number
}

/** `GET /v2/<name>/_wasmoor/tags/<digest>`: the tags of one manifest, one page. */
export interface ManifestTagList {
  readonly name: string
  readonly digest: string
  readonly tags: readonly string[]
}
