import { anyPattern } from '../base/patterns.ts'

/**
 * An entry of `tags.immutable`: tags that can be neither moved nor deleted once they are pushed.
 */
export interface ImmutableTags {
  /** Patterns, see {@link anyPattern}. */
  readonly repositories: readonly string[]
  readonly tags: readonly string[]
}

/** A predicate that says whether any of the entries makes a tag immutable. */
export function immutableTags(
  entries: readonly ImmutableTags[],
): (repository: string, tag: string) => boolean {
  const compiled = entries.map(({ repositories, tags }) => ({
    matchesRepository: anyPattern(repositories),
    matchesTag: anyPattern(tags),
  }))
  return (repository, tag) =>
    compiled.some((entry) => entry.matchesRepository(repository) && entry.matchesTag(tag))
}
