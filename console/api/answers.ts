import type { ConventionId } from '../../src/wasm/model/convention.ts'

/*
 * What the registry answers, as far as the console reads it. Times are milliseconds since 1970, sizes bytes. Texts come from whoever
 * pushed: they are shown by ForeignText alone.
 */

/** `GET /v2/_wasmoor/session` */
export interface Caller {
  readonly account?: string
  readonly open: boolean
  readonly anonymousPull: boolean
  /** Host and port by which this registry is known. */
  readonly registry: string
}

export interface Kind {
  readonly mediaType?: string
  readonly artifactType?: string
  readonly size?: number
  readonly convention?: { readonly id: ConventionId; readonly title: string }
}

/** One of `GET /v2/_wasmoor/repositories` */
export interface RepositoryRow {
  readonly name: string
  readonly pushedAt: number
  readonly manifests: number
  readonly tags: number
  readonly bytes: number
  readonly newest?: Kind & { readonly tag: string; readonly digest: string }
}

/** Whether consumers that an artifact is made for load it. */
export interface Mark {
  readonly consumer: string
  readonly title: string
  readonly verdict: 'ok' | 'refuses' | 'unknown'
}

export interface TagRow extends Kind {
  readonly tag: string
  readonly digest: string
  readonly pushedAt: number
  readonly marks?: readonly Mark[]
}

/** `GET /v2/<name>/_wasmoor/tags` */
export interface TagList {
  readonly name: string
  readonly actions: readonly string[]
  readonly tags: readonly TagRow[]
}

export interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly artifactType?: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly platform?: { readonly os?: string; readonly architecture?: string }
}

export interface ManifestBody {
  readonly mediaType?: string
  readonly artifactType?: string
  readonly config?: Descriptor
  readonly layers?: readonly Descriptor[]
  readonly manifests?: readonly Descriptor[]
  readonly subject?: Descriptor
  readonly annotations?: Readonly<Record<string, string>>
}
