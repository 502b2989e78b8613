import { type Digest, isDigest } from '../../oci/digest.ts'
import { readStoredManifest } from '../../oci/manifest.ts'
import type { Registry } from '../../registry/registry.ts'
import { MODULE_CONFIG, OCI_CONFIG } from '../model/media-types.ts'
import { isCurrent, type LayoutMark, LAYOUTS, layoutTag, originalTag, readMark } from './layout.ts'

/** Most referrers that are read for each type of config, and most tags of a layout. */
const MOST = 64

/** A layout in this registry, under one of its tags if it has any. */
export interface StoredLayout extends LayoutMark {
  readonly digest: string
  readonly tag?: string
  /**
   * The tag of the original points to another manifest now, or this release would make the layout
   * in another way.
   */
  readonly stale: boolean
}

/** The layouts of a repository, found by their annotations. */
export class StoredLayouts {
  readonly #registry: Registry
  readonly #repository: string

  constructor(registry: Registry, repository: string) {
    this.#registry = registry
    this.#repository = repository
  }

  /**
   * Layouts of a manifest. With a tag also the layouts under the tag's layout names that were made
   * of another manifest.
   */
  async of(original: Digest, tag?: string): Promise<StoredLayout[]> {
    const found: StoredLayout[] = []
    for (const config of [MODULE_CONFIG, OCI_CONFIG]) {
      const { entries } = await this.#registry.referrers.list(this.#repository, original, config, {
        limit: MOST,
      })
      for (const { digest, annotations } of entries) {
        const mark = readMark({ annotations, subject: { digest: original } })
        if (mark) found.push(...(await this.#underTags(mark, digest)))
      }
    }
    const beside = tag === undefined ? [] : await this.#beside(tag)
    return [...found, ...beside.filter((layout) => layout.original !== original)]
  }

  /** The layout with this mark, and whether it is stale under the tag. */
  async standing(mark: LayoutMark, digest: string, tag?: string): Promise<StoredLayout> {
    const beside = tag === undefined ? undefined : originalTag(tag, mark.layout)
    const now = beside === undefined ? undefined : await this.#manifest(beside)
    const hasMoved = now !== undefined && now.digest !== mark.original
    const stale = hasMoved || !isCurrent(mark)
    return { ...mark, digest, ...(tag !== undefined && { tag }), stale }
  }

  async #underTags(mark: LayoutMark, digest: string): Promise<StoredLayout[]> {
    if (!isDigest(digest)) return []
    const page = { limit: MOST }
    const { entries } = await this.#registry.tags.listOf(this.#repository, digest, page)
    const tags = entries.length > 0 ? entries : [undefined]
    return Promise.all(tags.map((tag) => this.standing(mark, digest, tag)))
  }

  async #beside(tag: string): Promise<StoredLayout[]> {
    const layouts = await Promise.all(
      LAYOUTS.map(async (name) => {
        const own = layoutTag(tag, name)
        const found = await this.#manifest(own)
        const mark = found && readMark(found.manifest)
        return mark && this.standing(mark, found.digest, own)
      }),
    )
    return layouts.filter((layout) => layout !== undefined)
  }

  async #manifest(reference: string) {
    const found = await this.#registry.content(this.#repository).manifest(reference)
    if (!found) return undefined
    const { digest, mediaType } = found.record
    const manifest = readStoredManifest(found.bytes, mediaType)
    return manifest && { digest, manifest }
  }
}
