import type { Descriptor } from '../../oci/descriptor.ts'
import type { Manifest } from '../../oci/manifest.ts'

/**
 * The other forms in which a module is pulled. `envoy`: two layers, a config and the raw module (solo-io's spec.md, "oci
 * variant"). `compat`: an image whose last layer is a gzipped tar with `plugin.wasm` (spec-compat.md).
 */
export const LAYOUTS = ['envoy', 'compat'] as const
export type LayoutName = (typeof LAYOUTS)[number]

/** Goes up whenever the same original would give another digest. */
const LAYOUT_VERSION = 1

const NAME = 'wasmoor/layout'
const VERSION = 'wasmoor/layout-version'

/** What a manifest says of itself that was made here. */
export interface LayoutMark {
  readonly layout: LayoutName
  readonly version: number
  /** Digest of the manifest that it was made of. */
  readonly original: string
}

export function annotationsOf(layout: LayoutName): Record<string, string> {
  return { [NAME]: layout, [VERSION]: String(LAYOUT_VERSION) }
}

/** Reads the mark of a manifest; undefined if it was not made here. */
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

/** Whether it would be made in the same way now. */
export function isCurrent({ version }: LayoutMark): boolean {
  return version === LAYOUT_VERSION
}

/** The tag of a layout beside the tag of its original. May be too long for a tag. */
export function layoutTag(tag: string, name: LayoutName): string {
  return `${tag}-${name}`
}

/** The tag beside which a layout stands, if its own tag is of that form. */
export function originalTag(tag: string, layout: LayoutName): string | undefined {
  const end = `-${layout}`
  return tag.endsWith(end) && tag.length > end.length ? tag.slice(0, -end.length) : undefined
}
