/**
 * RFC 9110, section 13.1: `If-Match` and `If-None-Match`, with the entity tags already read as
 * digests.
 */
export interface Condition {
  readonly match?: readonly string[] | '*'
  readonly noneMatch?: readonly string[] | '*'
}

/**
 * RFC 9110, sections 13.1.1 and 13.1.2, for a write.
 * @param current the current digest, if any
 */
export function matches({ match, noneMatch }: Condition, current: string | undefined): boolean {
  const among = (tags: readonly string[] | '*') =>
    current !== undefined && (tags === '*' || tags.includes(current))
  return (match === undefined || among(match)) && (noneMatch === undefined || !among(noneMatch))
}
