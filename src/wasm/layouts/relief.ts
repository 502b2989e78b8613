import type { Subject } from '../matrix.ts'
import type { LayoutName } from './layout.ts'
import { layoutSubject } from './layout-subject.ts'
import { isUnfit, sourceOf } from './source.ts'

/** Those of the layouts that can be made of an artifact and then pass. */
export function reliefs(
  artifact: Subject,
  names: readonly LayoutName[],
  passes: (layout: Subject) => boolean,
): LayoutName[] {
  return names.filter((name) => {
    const source = sourceOf(artifact, name)
    return !isUnfit(source) && passes(layoutSubject(name, source))
  })
}
