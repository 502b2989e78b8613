import type { JudgedManifest } from '../../registry/manifest-judge.ts'
import type { Finding } from '../findings/finding.ts'
import { listed, nameOf } from '../findings/traps.ts'
import { consumersOf, type PolicyJudgement } from '../judgement.ts'
import type { Subject } from '../matrix.ts'
import { isExempt } from '../recognise.ts'
import { companionsOf, type LayoutCompanions } from './companions.ts'
import type { LayoutName } from './layout.ts'

/**
 * Makes the layouts that come with a push.
 * @throws RegistryError as {@link companionsOf}
 */
export async function pushedLayouts(
  { content, digest, bytes, manifest, tags }: JudgedManifest,
  subject: Subject,
  names: readonly LayoutName[],
): Promise<LayoutCompanions[]> {
  const original = { mediaType: manifest.mediaType, digest, size: bytes.byteLength }
  const judged = tags.filter((tag) => !isExempt(subject.artifact, tag))
  const layouts: LayoutCompanions[] = []
  for (const name of names) {
    const made = await companionsOf({ original, subject, tags: judged, content }, name)
    if (made) layouts.push(made)
  }
  return layouts
}

/**
 * What the policy says now that it is known which layouts come with the push. One that every tag gets helps the artifact; where a
 * tag is taken the artifact stands for itself.
 * @param place HOST[:PORT]/repository
 */
export function withLayouts(
  { assessment, refusals, warnings, relieved }: PolicyJudgement,
  layouts: readonly LayoutCompanions[],
  place: string,
): Pick<PolicyJudgement, 'refusals' | 'warnings'> {
  const helping = layouts.find(({ taken, companions }) => taken.length === 0 && companions[0])
  if (!helping) {
    const left = layouts.flatMap(leftAlone)
    return {
      refusals: refusals.length > 0 ? [...refusals, ...left] : [],
      warnings: [...warnings, ...left],
    }
  }
  if (relieved.length === 0) return { refusals, warnings }
  const consumers = consumersOf(relieved)
  const names = assessment.consumers
    .filter(({ consumer }) => consumers.includes(consumer))
    .map(nameOf)
  const { tag } = helping.companions[0]!
  const use: Finding = {
    rule: 'layout-derived',
    level: 'trap',
    parameters: { layout: helping.layout, tag, consumers: consumers.join(',') },
    text: `${listed(names)} will not take this as it is`,
    fix: `pull ${place}:${tag}, which was made of it for them`,
  }
  return { refusals: [], warnings: refusals.length > 0 ? [use, ...warnings] : [use] }
}

function leftAlone({ layout, taken: [tag] }: LayoutCompanions): Finding[] {
  if (tag === undefined) return []
  return [
    {
      rule: 'layout-tag-taken',
      level: 'trap',
      parameters: { layout, tag },
      text: `no layout was made for the tag ${tag}: it is too long, or holds something that was not made here`,
    },
  ]
}
