import type { Descriptor } from '../../oci/descriptor.ts'
import { isTag } from '../../oci/name.ts'
import { OCI_IMAGE_MANIFEST } from '../../oci/media-types.ts'
import type { DerivedManifest } from '../../registry/manifest-gate.ts'
import type { RepositoryContent } from '../../registry/repository-content.ts'
import type { InspectedArtifact } from '../model/artifact.ts'
import { derive } from './derive.ts'
import { type LayoutName, layoutTag } from './layout.ts'
import { isUnfit, sourceOf } from './source.ts'
import { holderOf } from './tag-holder.ts'

/** A manifest that is about to be stored under tags. */
export interface OriginalArtifact {
  readonly original: Descriptor
  readonly artifact: InspectedArtifact
  readonly tags: readonly string[]
  readonly content: RepositoryContent
}

/** The manifests and tags of a layout that are stored with a push. */
export interface DerivedLayout {
  readonly layout: LayoutName
  /** One for each tag that the layout gets. */
  readonly manifests: readonly DerivedManifest[]
  /**
   * Tags that the layout does not get: too long, set by the push itself, or pointing to something
   * other than a layout.
   */
  readonly taken: readonly string[]
}

/**
 * Derives a layout from a pushed manifest and stores its blobs; its manifest and tags are to be
 * stored together with the original. Undefined if no layout can be derived.
 * @throws RegistryError as {@link derive}
 */
export async function deriveManifests(
  { original, artifact, tags, content }: OriginalArtifact,
  layout: LayoutName,
): Promise<DerivedLayout | undefined> {
  const source = sourceOf(artifact, layout, original)
  if (isUnfit(source)) return undefined
  const holders = await Promise.all(
    tags.map(async (beside) => {
      const tag = layoutTag(beside, layout)
      // A tag that the push itself sets belongs to the client.
      const isPossible = isTag(tag) && !tags.includes(tag)
      const { free, condition } = await holderOf(content, tag)
      return { tag, condition, free: free && isPossible }
    }),
  )
  const taken = holders.filter(({ free }) => !free).map(({ tag }) => tag)
  const tagged = holders.filter(({ free }) => free)
  if (tagged.length === 0) return { layout, manifests: [], taken }
  const { bytes } = await derive(content, layout, original, source)
  const contentType = OCI_IMAGE_MANIFEST
  const manifests = tagged.map(({ tag, condition }) => ({ bytes, contentType, tag, condition }))
  return { layout, manifests, taken }
}
