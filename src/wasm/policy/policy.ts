import { anyPattern } from '../../base/patterns.ts'
import type { ConsumerId } from '../consumers/ids.ts'
import type { LayoutName } from '../layouts/layout.ts'

/**
 * `off`: no checks. `warn`: the client gets warnings. `enforce`: a tag is refused if one of the
 * consumers would refuse the artifact.
 */
type PolicyMode = 'off' | 'warn' | 'enforce'

/** The checks of artifacts in a repository when a tag is created or moved. */
export interface Policy {
  readonly mode: PolicyMode
  /** The consumers that matter; absent: those that the artifact is made for. */
  readonly consumers?: readonly ConsumerId[]
  /** Layouts that are derived with a push for the consumers that they help. */
  readonly derive?: readonly LayoutName[]
}

export interface PolicyEntry {
  /** Patterns, see {@link anyPattern}. */
  readonly repositories: readonly string[]
  readonly mode: PolicyMode
  readonly consumers?: readonly ConsumerId[] | undefined
  readonly derive?: readonly LayoutName[] | undefined
}

const STANDARD: Policy = { mode: 'warn' }

/** The policy of each repository: that of the first entry with a pattern for it. */
export function policies(entries: readonly PolicyEntry[]): (repository: string) => Policy {
  const compiled = entries.map(({ repositories, mode, consumers, derive = [] }) => ({
    covers: anyPattern(repositories),
    policy: { mode, ...(consumers && { consumers }), ...(derive.length > 0 && { derive }) },
  }))
  return (repository) => compiled.find(({ covers }) => covers(repository))?.policy ?? STANDARD
}
