import { type Layer, isJsonObject, type JsonObject } from '../../oci/descriptor.ts'
import { KIB, MIB } from '../../base/sizes.ts'
import { archiveLayer, opensAtPush } from './archive-layer.ts'
import type { Artifact, ContentFacts } from './artifact.ts'
import { recognise } from './convention.ts'
import type { Examination, ExaminationScope } from './examination-scope.ts'
import { isWasmType } from './media-types.ts'

/** Different layers of one manifest that are read; a Spin application has fewer. */
export const MAX_LAYERS = 600
/** Bytes of facts about the layers of one manifest, as JSON. */
export const MAX_FACTS_BYTES = 16 * MIB
/** Bytes of a config that is read. */
export const MAX_CONFIG_BYTES = 256 * KIB

export interface SelectedLayer {
  readonly layer: Layer
  /** The examinations that the layer needs; none if stored facts are enough. */
  readonly examinations: readonly Examination[]
}

/** The layers of an artifact to examine, each digest once. */
export function selectLayers(artifact: Artifact, scope: ExaminationScope): SelectedLayer[] {
  return distinct(artifact.layers).map((layer) => ({
    layer,
    examinations: examinationsOf(layer, artifact, scope),
  }))
}

/** Whether the config is read, given what is known of the layers. */
export function wantsConfig(
  artifact: Artifact,
  known: ContentFacts,
  scope: ExaminationScope,
): boolean {
  if (!artifact.config || artifact.config.size > MAX_CONFIG_BYTES) return false
  if (scope.config !== 'decisive') return scope.config === 'always'
  // containerd's shims are the only consumer whose verdict depends on the config.
  return recognise(artifact, known).id === 'runwasi'
}

/** The config as a JSON object; undefined if it is anything else. */
export function parseConfig(bytes: Uint8Array): JsonObject | undefined {
  try {
    const body: unknown = JSON.parse(Buffer.from(bytes).toString())
    return isJsonObject(body) ? body : undefined
  } catch {
    return undefined
  }
}

/** Of layers with the same digest, the one whose media type says that it is Wasm. */
function distinct(layers: readonly Layer[]): Layer[] {
  const byDigest = new Map<string, Layer>()
  for (const layer of layers) {
    const isNew = !byDigest.has(layer.digest)
    if (isNew && byDigest.size === MAX_LAYERS) break
    if (isNew || isWasmType(layer.mediaType)) byDigest.set(layer.digest, layer)
  }
  return [...byDigest.values()]
}

function examinationsOf(layer: Layer, artifact: Artifact, scope: ExaminationScope): Examination[] {
  const isArchive = archiveLayer(artifact)?.digest === layer.digest
  if (isArchive && scope.archive !== 'never' && opensAtPush(artifact, scope.archive === 'always'))
    return ['file', 'archive']
  return isSelected(layer, artifact, scope) ? ['file'] : []
}

function isSelected(layer: Layer, { layers }: Artifact, scope: ExaminationScope): boolean {
  if (scope.layers === 'none') return false
  if (scope.layers === 'all' || isWasmType(layer.mediaType)) return true
  if (scope.layers === 'wasm-typed') return false
  const { title = '' } = layer
  return title.endsWith('.wasm') || layers.length === 1
}
