import type { ConsumerId } from '../consumers/ids.ts'
import { evaluate } from '../assess/matrix.ts'
import { worstOf } from '../consumers/shared/verdict.ts'
import type { InspectedArtifact } from '../model/artifact.ts'
import { layoutArtifact } from './layout-artifact.ts'
import type { LayoutName } from './layout.ts'
import { isUnfit, sourceOf } from './source.ts'

/** A layout that can be made of an artifact. */
export interface PossibleLayout {
  readonly name: LayoutName
  /** The consumers among those given that would refuse it. */
  readonly refusedBy: readonly ConsumerId[]
}

/**
 * The layouts among the given names that can be made of an artifact, each with the given consumers
 * that would refuse it.
 */
export function possibleLayouts(
  artifact: InspectedArtifact,
  names: readonly LayoutName[],
  consumers: readonly ConsumerId[],
): PossibleLayout[] {
  return names.flatMap((name) => {
    const source = sourceOf(artifact, name)
    if (isUnfit(source)) return []
    const results = evaluate(layoutArtifact(name, source), undefined, consumers)
    const refusing = results.filter((result) => worstOf(result) === 'refuses')
    return [{ name, refusedBy: refusing.map(({ consumer }) => consumer) }]
  })
}
