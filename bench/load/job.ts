/** Sends the same read request repeatedly. */
export interface ReadJob {
  readonly kind: 'read'
  readonly method: 'GET' | 'HEAD'
  readonly path: string
  readonly accept: string
  /** The expected length of every response. */
  readonly length: number
  readonly connections: number
  readonly seconds: number
}

/** Pushes new artifacts with the requests of `oras push`. */
export interface PushJob {
  readonly kind: 'push'
  /** Each client pushes to its own repository below this name. */
  readonly repository: string
  readonly layerSize: number
  readonly clients: number
  readonly seconds: number
}

/** Uploads one blob with POST and one PUT. */
export interface UploadJob {
  readonly kind: 'upload'
  readonly repository: string
  readonly size: number
  /** The kind of content (default: random bytes). */
  readonly content?: 'module' | 'layer'
}

/** Pushes new manifests of existing blobs, each under a new tag. */
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

/** The result of a load, and evidence to verify it: paths with the digests of their content. */
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

/** A load that is ready to run, with payloads, digests and connections. */
export type PreparedLoad = () => Promise<Tally>
