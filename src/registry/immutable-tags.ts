import { anyPattern } from '../base/patterns.ts'

/** Tags that, once pushed, neither move nor go away. */
export interface ImmutableTags {
  /** Patterns, see {@link anyPattern}. */
  readonly repositories: readonly string[]
  readonly tags: readonly string[]
}

export function immutableTags(
  rules: readonly ImmutableTags[],
): (repository: string, tag: string) => boolean {
  const compiled = rules.map(({ repositories, tags }) => ({
    covers: anyPattern(repositories),
    fixes: anyPattern(tags),
  }))
  return (repository, tag) => compiled.some(({ covers, fixes }) => covers(repository) && fixes(tag))
}
