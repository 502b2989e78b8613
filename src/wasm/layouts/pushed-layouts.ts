import type { IncomingManifest } from '../../registry/manifest-gate.ts'
import type { Finding } from '../assess/finding.ts'
import { listed, nameOf } from '../assess/consumer-refusals.ts'
import { consumersOf, type PolicyDecision } from '../policy/decision.ts'
import type { InspectedArtifact } from '../assess/matrix.ts'
import { isExempt } from '../model/convention.ts'
import { deriveManifests, type DerivedLayout } from './derived-manifests.ts'
import type { LayoutName } from './layout.ts'

/**
 * Makes the layouts that come with a push.
 * @throws RegistryError as {@link deriveManifests}
 */
export async function pushedLayouts(
  { content, digest, bytes, manifest, tags }: IncomingManifest,
  subject: InspectedArtifact,
  names: readonly LayoutName[],
): Promise<DerivedLayout[]> {
  const original = { mediaType: manifest.mediaType, digest, size: bytes.byteLength }
  const judged = tags.filter((tag) => !isExempt(subject.artifact, tag))
  const layouts: DerivedLayout[] = []
  for (const name of names) {
    const made = await deriveManifests({ original, subject, tags: judged, content }, name)
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
  { assessment, refusals, warnings, remedied: relieved }: PolicyDecision,
  layouts: readonly DerivedLayout[],
  place: string,
): Pick<PolicyDecision, 'refusals' | 'warnings'> {
  const helping = layouts.find(
    ({ taken, manifests: companions }) => taken.length === 0 && companions[0],
  )
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
  const { tag } = helping.manifests[0]!
  const use: Finding = {
    rule: 'layout-derived',
    severity: 'warning',
    parameters: { layout: helping.layout, tag, consumers: consumers.join(',') },
    text: `${listed(names)} will not take this as it is`,
    fix: `pull ${place}:${tag}, which was made of it for them`,
  }
  return { refusals: [], warnings: refusals.length > 0 ? [use, ...warnings] : [use] }
}

function leftAlone({ layout, taken: [tag] }: DerivedLayout): Finding[] {
  if (tag === undefined) return []
  return [
    {
      rule: 'layout-tag-taken',
      severity: 'warning',
      parameters: { layout, tag },
      text: `no layout was made for the tag ${tag}: it is too long, or holds something that was not made here`,
    },
  ]
}
