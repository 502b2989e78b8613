import type { Digest } from '../../oci/digest.ts'

/** The location of an artifact, with the name by which the client knows this registry. */
export interface ArtifactLocation {
  /** HOST[:PORT] */
  readonly host: string
  readonly repository: string
  /** Of the manifest. */
  readonly digest: Digest
  /** Absent if the artifact is named by its digest. */
  readonly tag?: string | undefined
}

/** `HOST[:PORT]/REPOSITORY:TAG`, or `…@DIGEST` without a tag. */
export function formatReference({ host, repository, digest, tag }: ArtifactLocation): string {
  return `${host}/${repository}${tag === undefined ? `@${digest}` : `:${tag}`}`
}
