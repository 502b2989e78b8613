import type { Layer } from '../../oci/descriptor.ts'
import type { Artifact, ContentFacts } from './artifact.ts'
import { isWasmType, isArchive, MODULE_LAYER } from './media-types.ts'
import type { BlobFacts } from '../read/facts.ts'

/** The place of an artifact's Wasm file, with the known facts about it. */
export interface WasmFile {
  readonly layer: Layer
  readonly inArchive: boolean
  /** Absent until the file has been read. */
  readonly facts?: BlobFacts
}

/**
 * The Wasm file of an artifact, whichever consumer takes it; undefined if there seems to be none.
 */
export function wasmFileOf(artifact: Artifact, known: ContentFacts): WasmFile | undefined {
  const { layers } = artifact
  const wasmTyped =
    layers.find(({ mediaType }) => mediaType === MODULE_LAYER) ??
    layers.find(({ mediaType }) => isWasmType(mediaType))
  if (wasmTyped) return fileIn(wasmTyped, known)
  const last = layers.at(-1)
  if (last && isArchive(last.mediaType)) {
    const archive = known.archives.get(last.digest)
    if (!archive) return { layer: last, inArchive: true }
    if (archive.plugin) return { layer: last, inArchive: true, facts: archive.plugin.facts }
  }
  const unsaid = layers.find(({ digest }) => known.blobs.get(digest)?.content === 'wasm')
  return unsaid && fileIn(unsaid, known)
}

/** The layer itself as the file. */
export function fileIn(layer: Layer, known: ContentFacts): WasmFile {
  const facts = known.blobs.get(layer.digest)
  return { layer, inArchive: false, ...(facts && { facts }) }
}
