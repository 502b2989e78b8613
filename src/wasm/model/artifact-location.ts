/** Where an artifact is, in the registry that a client knows by this name. */
export interface ArtifactLocation {
  /** HOST[:PORT] */
  readonly host: string
  readonly repository: string
  /** Of the manifest. */
  readonly digest: string
  /** Absent if the artifact is named by its digest. */
  readonly tag?: string | undefined
}

/** `HOST[:PORT]/REPOSITORY:TAG`, or `…@DIGEST` without a tag. */
export function formatReference({ host, repository, digest, tag }: ArtifactLocation): string {
  return `${host}/${repository}${tag === undefined ? `@${digest}` : `:${tag}`}`
}
