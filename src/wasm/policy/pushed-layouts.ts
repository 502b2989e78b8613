import type { IncomingManifest } from '../../registry/manifest-gate.ts'
import { consumersOf, type Finding } from '../assess/finding.ts'
import { formatConsumer, formatList } from '../assess/matrix.ts'
import type { PolicyDecision } from './decision.ts'
import type { InspectedArtifact } from '../model/artifact.ts'
import { isExempt } from '../model/convention.ts'
import { deriveManifests, type DerivedLayout } from '../layouts/derived-manifests.ts'
import type { LayoutName } from '../layouts/layout.ts'

/**
 * Derives the layouts that are stored with a push.
 * @throws RegistryError as {@link deriveManifests}
 */
export async function pushedLayouts(
  { content, digest, bytes, manifest, tags }: IncomingManifest,
  artifact: InspectedArtifact,
  names: readonly LayoutName[],
): Promise<DerivedLayout[]> {
  const original = { mediaType: manifest.mediaType, digest, size: bytes.byteLength }
  const enforced = tags.filter((tag) => !isExempt(artifact.artifact, tag))
  const layouts: DerivedLayout[] = []
  for (const name of names) {
    const made = await deriveManifests({ original, artifact, tags: enforced, content }, name)
    if (made) layouts.push(made)
  }
  return layouts
}

/**
 * The findings of a decision, once the derived layouts are known. A layout that every tag gets is
 * offered as the remedy; a layout that some tag does not get is not.
 * @param place HOST[:PORT]/repository
 */
export function withLayouts(
  { assessment, refusals, warnings, remedied }: PolicyDecision,
  layouts: readonly DerivedLayout[],
  place: string,
): Pick<PolicyDecision, 'refusals' | 'warnings'> {
  const remedy = layouts.find(({ taken, manifests }) => taken.length === 0 && manifests[0])
  if (!remedy) {
    const withoutLayout = layouts.flatMap(tagTaken)
    return {
      refusals: refusals.length > 0 ? [...refusals, ...withoutLayout] : [],
      warnings: [...warnings, ...withoutLayout],
    }
  }
  if (remedied.length === 0) return { refusals, warnings }
  const consumers = consumersOf(remedied)
  const names = assessment.consumers
    .filter(({ consumer }) => consumers.includes(consumer))
    .map(formatConsumer)
  const { tag } = remedy.manifests[0]!
  const use: Finding = {
    rule: 'layout-derived',
    severity: 'warning',
    consumers,
    parameters: { layout: remedy.layout, tag },
    text: `${formatList(names)} will not pull this as it is`,
    fix: { text: `pull ${place}:${tag}, the layout that was derived for them` },
  }
  return { refusals: [], warnings: refusals.length > 0 ? [use, ...warnings] : [use] }
}

function tagTaken({ layout, taken: [tag] }: DerivedLayout): Finding[] {
  if (tag === undefined) return []
  return [
    {
      rule: 'layout-tag-taken',
      severity: 'warning',
      consumers: [],
      parameters: { layout, tag },
      text: `no layout was derived for the tag ${tag}: it is too long, or holds a manifest that is not a layout of this artifact`,
    },
  ]
}
