import type { Descriptor } from '../../oci/descriptor.ts'

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
  readonly name: LayoutName
  readonly version: number
}

export function markOf(name: LayoutName): Record<string, string> {
  return { [NAME]: name, [VERSION]: String(LAYOUT_VERSION) }
}

/** Reads the mark of a manifest; undefined if it was not made here. */
export function readMark(
  annotations: Readonly<Record<string, string>>,
  subject: Pick<Descriptor, 'digest'> | undefined,
): LayoutMark | undefined {
  const name = LAYOUTS.find((known) => known === annotations[NAME])
  const version = Number(annotations[VERSION])
  if (!name || !subject || !Number.isSafeInteger(version)) return undefined
  return { name, version }
}
