import type { Digest } from '../../src/oci/digest.ts'
import type { Page, PageRequest } from './page.ts'

export interface ReferrerRecord {
  /** The value for {@link PageRequest.after} that continues the list after this entry. */
  readonly position: string
  readonly digest: Digest
  readonly mediaType: string
  /** Bytes. */
  readonly size: number
  readonly artifactType?: string
  readonly annotations: Readonly<Record<string, string>>
}

/** Manifests by the `subject` they name, written by {@link Manifests}. */
export interface Referrers {
  /**
   * In an order of the engine's choice that never changes; with `artifactType` only the manifests
   * of that type.
   */
  list(
    repository: string,
    subject: string,
    artifactType: string | undefined,
    page: PageRequest,
  ): Promise<Page<ReferrerRecord>>
}
