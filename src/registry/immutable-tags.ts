import { anyPattern } from '../base/patterns.ts'

/**
 * An entry of `tags.immutable`: tags that can be neither moved nor deleted once they are pushed.
 */
export interface ImmutableTags {
  /** Patterns, see {@link anyPattern}. */
  readonly repositories: readonly string[]
  readonly tags: readonly string[]
}

export type TagPredicate = (tag: string) => boolean

/** The immutable tags of each repository; undefined if no entry is about the repository. */
export function immutableTags(
  entries: readonly ImmutableTags[],
): (repository: string) => TagPredicate | undefined {
  const compiled = entries.map(({ repositories, tags }) => ({
    matchesRepository: anyPattern(repositories),
    matchesTag: anyPattern(tags),
  }))
  return (repository) => {
    const matching = compiled.filter(({ matchesRepository }) => matchesRepository(repository))
    if (matching.length === 0) return undefined
    return (tag) => matching.some(({ matchesTag }) => matchesTag(tag))
  }
}
