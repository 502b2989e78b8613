import type { Page, PageRequest } from './page.ts'

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
  /** By name, in byte order. With `prefix` only the names that begin with it. */
  list(page: PageRequest, prefix?: string): Promise<Page<RepositoryRecord>>
}
