import type { Layer } from '../../oci/descriptor.ts'
import { MIB } from '../../base/sizes.ts'
import type { Artifact } from './artifact.ts'
import { isArchive, isWasmFamily } from './media-types.ts'

/** Bytes of a sole layer that is small enough to be opened before a push is answered. */
const SMALL = 32 * MIB

/**
 * The layer in which consumers look for `plugin.wasm`: the last one, if its type is that of a
 * gzipped tar.
 */
export function archiveLayer({ layers }: Artifact): Layer | undefined {
  const last = layers.at(-1)
  return last && isArchive(last.mediaType) ? last : undefined
}

/**
 * Whether the archive is opened before the push is answered, because the manifest suggests a Wasm
 * image.
 */
export function opensAtPush(artifact: Artifact, enforced: boolean): boolean {
  const layer = archiveLayer(artifact)
  if (!layer) return false
  return (
    enforced ||
    artifact.annotations['module.wasm.image/variant'] === 'compat' ||
    artifact.layers.some(({ mediaType }) => isWasmFamily(mediaType)) ||
    (artifact.layers.length === 1 && layer.size <= SMALL)
  )
}
