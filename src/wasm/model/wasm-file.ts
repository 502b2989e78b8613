import type { Artifact, Known, Layer } from './artifact.ts'
import { claimsWasm, isArchive, MODULE_LAYER } from './media-types.ts'
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
export function wasmFileOf(artifact: Artifact, known: Known): WasmFile | undefined {
  const { layers } = artifact
  const claiming =
    layers.find(({ mediaType }) => mediaType === MODULE_LAYER) ??
    layers.find(({ mediaType }) => claimsWasm(mediaType))
  if (claiming) return fileIn(claiming, known)
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
export function fileIn(layer: Layer, known: Known): WasmFile {
  const facts = known.blobs.get(layer.digest)
  return { layer, inArchive: false, ...(facts && { facts }) }
}
