import type { ConsumerId } from '../consumers/ids.ts'
import { evaluate, worstOf } from '../assess/matrix.ts'
import type { InspectedArtifact } from '../model/artifact.ts'
import { layoutArtifact } from './layout-artifact.ts'
import type { LayoutName } from './layout.ts'
import { isUnfit, sourceOf } from './source.ts'

/** A layout that can be made of an artifact. */
export interface PossibleLayout {
  readonly name: LayoutName
  /** The consumers, of those that were asked about, that would refuse it. */
  readonly refusedBy: readonly ConsumerId[]
}

/** The layouts, of some names, that can be made of an artifact, with the verdicts of some consumers. */
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
