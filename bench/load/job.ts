/** Ask for the same thing again and again. */
export interface ReadJob {
  readonly kind: 'read'
  readonly method: 'GET' | 'HEAD'
  readonly path: string
  readonly accept: string
  /** What every answer must be: 200, and this long. */
  readonly length: number
  readonly connections: number
  readonly seconds: number
}

/** Push artifacts that have never been seen before: the requests that `oras push` makes. */
export interface PushJob {
  readonly kind: 'push'
  /** Each client pushes to a repository of its own below this one. */
  readonly repository: string
  readonly layerSize: number
  readonly clients: number
  readonly seconds: number
}

/** Upload one blob: a POST, then a PUT of everything. */
export interface UploadJob {
  readonly kind: 'upload'
  readonly repository: string
  readonly size: number
  /** How it begins; absent: like nothing in particular. */
  readonly content?: 'module' | 'layer'
}

/** Put new manifests of blobs that are there, each under a new tag. */
export interface TagJob {
  readonly kind: 'tag'
  readonly repository: string
  readonly tagPrefix: string
  readonly config: { readonly digest: string; readonly size: number }
  readonly layer: { readonly digest: string; readonly size: number }
  readonly clients: number
  readonly seconds: number
}

export type Job = ReadJob | PushJob | UploadJob | TagJob

/** What a load did, and something to check its effect by: a path, and what must be there. */
export interface Tally {
  readonly operations: number
  readonly bytes: number
  readonly seconds: number
  readonly evidence: readonly Evidence[]
}

export interface Evidence {
  readonly path: string
  readonly accept: string
  readonly digest: string
}

/** A load that is ready to run: payloads and digests are made, connections are open. */
export type PreparedLoad = () => Promise<Tally>
