import type { ImmutableTags } from './immutable-tags.ts'

/** The part of the configuration that the registry follows, with its sections and names. */
export interface RegistrySettings {
  readonly limits: {
    /** Bytes that a blob may have; 0 for no limit. */
    readonly blobSize: number
    /** Upload sessions that may be open at the same time. */
    readonly uploadSessions: number
  }
  readonly uploads: {
    /** Milliseconds after which an idle upload session expires. */
    readonly expiry: number
  }
  readonly cache: {
    /** Bytes of blobs kept in memory. */
    readonly blobs: number
    /** Bytes of manifests kept in memory. */
    readonly manifests: number
  }
  readonly gc: {
    /** Milliseconds for which unreferenced content stays after its last use; 0 records no uses. */
    readonly grace: number
    /** Patterns of the repositories whose untagged manifests are collected. */
    readonly untaggedRepositories: readonly string[]
  }
  readonly tags: {
    readonly immutable: readonly ImmutableTags[]
  }
  readonly validation: {
    /** `strict`: the repository must hold what a manifest references. `sparse`: it need not. */
    readonly references: 'strict' | 'sparse'
  }
}
