import type { Digest } from '../../src/oci/digest.ts'
import type { Condition } from './condition.ts'
import type { Page, PageRequest } from './page.ts'

export interface TagRecord {
  readonly tag: string
  readonly digest: Digest
  readonly pushedAt: number
}

export interface NewestTag extends TagRecord {
  /** The value for {@link PageRequest.after} that continues the list after this entry. */
  readonly position: string
}

/** The tags that a push of a manifest creates or moves. */
export interface TagPush {
  readonly tags: readonly string[]
  /**
   * The tags among `tags` that must not move: the put is refused if one of them points at another
   * manifest.
   */
  readonly immutableTags?: readonly string[]
  readonly time: number
}

/** Tags are created and moved by {@link Manifests.put}. */
export interface Tags {
  /** By name, in byte order. With `prefix` only the names that begin with it. */
  list(repository: string, page: PageRequest, prefix?: string): Promise<Page<TagRecord>>
  /** By time of push, newest first; tags pushed at the same time are in reverse byte order. */
  listNewest(repository: string, page: PageRequest): Promise<Page<NewestTag>>
  /** Names of the tags that point at a manifest, in byte order. */
  listOf(repository: string, digest: Digest, page: PageRequest): Promise<Page<string>>
  /** Deletes the tag and keeps its manifest. False if there is no such tag. */
  delete(
    repository: string,
    tag: string,
    time: number,
    condition?: Condition,
  ): Promise<boolean | 'precondition-failed'>
}
