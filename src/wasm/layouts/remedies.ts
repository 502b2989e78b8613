import type { InspectedArtifact } from '../assess/matrix.ts'
import type { LayoutName } from './layout.ts'
import { layoutArtifact } from './layout-artifact.ts'
import { isUnfit, sourceOf } from './source.ts'

/** Those of the layouts that can be made of an artifact and then pass. */
export function remedies(
  artifact: InspectedArtifact,
  names: readonly LayoutName[],
  passes: (layout: InspectedArtifact) => boolean,
): LayoutName[] {
  return names.filter((name) => {
    const source = sourceOf(artifact, name)
    return !isUnfit(source) && passes(layoutArtifact(name, source))
  })
}
