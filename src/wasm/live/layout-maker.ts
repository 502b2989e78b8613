import type { Digest } from '../../oci/digest.ts'
import { RegistryError } from '../../oci/errors.ts'
import { isTag } from '../../oci/name.ts'
import { OCI_IMAGE_MANIFEST } from '../../oci/media-types.ts'
import { tagsMovedError } from '../../registry/manifest-checks.ts'
import type { RepositoryContent } from '../../registry/repository-content.ts'
import type { Registry } from '../../registry/registry.ts'
import { consumerRefusals } from '../assess/consumer-refusals.ts'
import { formatWarnings } from '../assess/warnings.ts'
import { madeFor } from '../assess/made-for.ts'
import { evaluate } from '../assess/matrix.ts'
import type { InspectedArtifact } from '../model/artifact.ts'
import { FULL_REPORT } from '../model/examination-scope.ts'
import { recognise } from '../model/convention.ts'
import type { StoredArtifacts } from './stored-artifacts.ts'
import { derive } from '../layouts/derive.ts'
import { type LayoutName, layoutTag } from '../layouts/layout.ts'
import { layoutArtifact } from '../layouts/layout-artifact.ts'
import type { Layout } from '../layouts/make-layout.ts'
import { isUnfit, sourceOf } from '../layouts/source.ts'
import { holderOf } from '../layouts/tag-holder.ts'

export interface WantedLayout {
  readonly repository: string
  /** Of the original: a tag or a digest. */
  readonly reference: string
  readonly name: LayoutName
  /**
   * Default: the tag of the original with the name of the layout; no tag if the reference is a
   * digest.
   */
  readonly tag?: string
  /** Whether the tag is moved even if it points to something other than a layout. */
  readonly replace: boolean
  /** HOST[:PORT], the client's name for this registry. */
  readonly host: string
}

export interface MadeLayout {
  readonly name: LayoutName
  readonly digest: Digest
  readonly tag?: string
  readonly original: Digest
  /** False if the layout and its tag were there already. */
  readonly isNew: boolean
  readonly warnings: readonly string[]
}

/** Attempts to set the tag while other requests move it. */
const ATTEMPTS = 5

/** Makes layouts of this registry's artifacts on request. */
export class LayoutMaker {
  readonly #registry: Registry
  readonly #artifacts: StoredArtifacts

  constructor(registry: Registry, artifacts: StoredArtifacts) {
    this.#registry = registry
    this.#artifacts = artifacts
  }

  /**
   * Stores the layout and points its tag at it; does nothing if that is done already.
   * @throws RegistryError LAYOUT_UNFIT, TAG_TAKEN, TAG_INVALID, TAG_IMMUTABLE, CONFLICT, and as
   *   {@link derive}, the gate and reading a manifest do
   */
  async make(wanted: WantedLayout): Promise<MadeLayout> {
    const { repository, reference, name } = wanted
    const tag = tagOf(wanted)
    const found = await this.#artifacts.find(this.#registry, repository, reference, FULL_REPORT)
    const source = sourceOf(found, name, found.record)
    if (isUnfit(source)) {
      const { rule, text } = source
      const message = `no ${name} layout can be made of this: ${text}`
      throw new RegistryError('LAYOUT_UNFIT', message, { detail: { rule } })
    }
    const content = this.#registry.content(repository)
    const layout = await derive(content, name, found.record, source)
    const place = `${wanted.host}/${repository}`
    const made = tag === undefined ? `${place}@${layout.digest}` : `${place}:${tag}`
    const isNew = await this.#store(content, layout, wanted, tag)
    return {
      name,
      digest: layout.digest,
      ...(tag !== undefined && { tag }),
      original: found.record.digest,
      isNew,
      warnings: warningsAbout(layoutArtifact(name, source), made),
    }
  }

  /** False if it was stored already. */
  async #store(
    content: RepositoryContent,
    layout: Layout,
    { repository, replace }: WantedLayout,
    tag?: string,
  ): Promise<boolean> {
    const { digest, bytes } = layout
    const push = { repository, bytes, contentType: OCI_IMAGE_MANIFEST, tags: [] }
    if (tag === undefined) {
      if (await content.manifest(digest)) return false
      await this.#registry.manifests.put({ ...push, reference: digest })
      return true
    }
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const holder = await holderOf(content, tag)
      if (holder.digest === digest) return false
      if (!holder.free && !replace) throw tagTakenError(tag)
      try {
        await this.#registry.manifests.put({ ...push, reference: tag, condition: holder.condition })
        return true
      } catch (error) {
        if (!(error instanceof RegistryError && error.failure === 'PRECONDITION_FAILED'))
          throw error
      }
    }
    throw tagsMovedError()
  }
}

function tagOf({ reference, name, tag }: WantedLayout): string | undefined {
  const wanted = tag ?? (isTag(reference) ? layoutTag(reference, name) : undefined)
  if (wanted === undefined || isTag(wanted)) return wanted
  throw new RegistryError(
    'TAG_INVALID',
    tag === undefined
      ? `${wanted} is too long for a tag: choose another with &tag=`
      : 'a tag has 1 to 128 letters, digits, ".", "_" and "-", and does not begin with "." or "-"',
  )
}

function tagTakenError(tag: string): RegistryError {
  return new RegistryError(
    'TAG_TAKEN',
    `the tag ${tag} holds a manifest that is not a layout of this artifact: choose another with &tag=, or replace it with &replace=true`,
  )
}

/** The refusals of the consumers that the layout is made for. */
function warningsAbout(layout: InspectedArtifact, reference: string): string[] {
  const { artifact, known } = layout
  const convention = recognise(artifact, known)
  const relevant = madeFor(layout, convention)
  const consumers = evaluate(layout, undefined, relevant)
  return formatWarnings(consumerRefusals({ artifact, convention, consumers, reference }, relevant))
}
