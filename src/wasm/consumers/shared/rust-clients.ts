import type { Artifact } from '../../model/artifact.ts'
import { WASM_CONFIG_V0, WASM_LAYER } from '../../model/media-types.ts'
import { type Outcome, refuses } from './verdict.ts'

/**
 * oras-project/rust-oci-client, Client::pull, validate_layers: every layer must be of a type that
 * the caller accepts.
 */
export function refusesLayers(
  { layers }: Artifact,
  accepted: readonly string[],
): Outcome | undefined {
  if (layers.length === 0) return refuses('no-layers', 'No layers to pull')
  const other = layers.find(({ mediaType }) => !accepted.includes(mediaType))
  return other && refuses('layer-type', `Incompatible layer media type: ${other.mediaType}`)
}

/** bytecodealliance/rust-oci-wasm, WasmClient::pull: the CNCF layout, to the letter. */
export function refusesArtifact(artifact: Artifact): Outcome | undefined {
  const { config, layers } = artifact
  const refused = refusesLayers(artifact, [WASM_LAYER])
  if (refused) return refused
  if (layers.length !== 1) {
    return refuses('layer-count', 'Wasm components must have exactly one layer')
  }
  if (config?.mediaType === WASM_CONFIG_V0) return undefined
  return refuses('config-type', `Wasm components must have a config of type ${WASM_CONFIG_V0}`)
}
