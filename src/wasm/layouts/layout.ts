import type { Descriptor } from '../../oci/descriptor.ts'
import type { Manifest } from '../../oci/manifest.ts'

/**
 * The layouts of a module. `envoy`: two layers, a config and the raw module (solo-io's spec.md,
 * "oci variant"). `compat`: an image whose last layer is a gzipped tar with `plugin.wasm`
 * (spec-compat.md).
 */
export const LAYOUTS = ['envoy', 'compat'] as const
export type LayoutName = (typeof LAYOUTS)[number]

/** Incremented whenever the same original would give another digest. */
const LAYOUT_VERSION = 1

const NAME = 'wasmoor/layout'
const VERSION = 'wasmoor/layout-version'

/** The mark of a layout in its annotations and its subject. */
export interface LayoutMark {
  readonly layout: LayoutName
  readonly version: number
  /** Digest of the manifest from which the layout was derived. */
  readonly original: string
}

export function annotationsOf(layout: LayoutName): Record<string, string> {
  return { [NAME]: layout, [VERSION]: String(LAYOUT_VERSION) }
}

/** The mark of a manifest; undefined if it is not a layout. */
export function readMark({
  annotations,
  subject,
}: Pick<Manifest, 'annotations'> & {
  readonly subject?: Pick<Descriptor, 'digest'>
}): LayoutMark | undefined {
  const layout = LAYOUTS.find((known) => known === annotations[NAME])
  const version = Number(annotations[VERSION])
  if (!layout || !subject || !Number.isSafeInteger(version)) return undefined
  return { layout, version, original: subject.digest }
}

/** Whether this release would make the layout in the same way. */
export function isCurrent({ version }: LayoutMark): boolean {
  return version === LAYOUT_VERSION
}

/** The tag of a layout for a tag of its original. May be too long for a tag. */
export function layoutTag(tag: string, name: LayoutName): string {
  return `${tag}-${name}`
}

/** The tag of the original; undefined if the tag of the layout does not have that form. */
export function originalTag(tag: string, layout: LayoutName): string | undefined {
  const end = `-${layout}`
  return tag.endsWith(end) && tag.length > end.length ? tag.slice(0, -end.length) : undefined
}
