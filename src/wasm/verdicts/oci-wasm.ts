import type { Artifact } from '../artifact.ts'
import { WASM_CONFIG_V0, WASM_LAYER } from '../media-types.ts'
import { refusesLayers } from './oci-client.ts'
import { type Judgement, refuses } from './verdict.ts'

/** bytecodealliance/rust-oci-wasm, WasmClient::pull: the CNCF layout, to the letter. */
export function refusesArtifact(artifact: Artifact): Judgement | undefined {
  const { config, layers } = artifact
  const refused = refusesLayers(artifact, [WASM_LAYER])
  if (refused) return refused
  if (layers.length !== 1) {
    return refuses('layer-count', 'Wasm components must have exactly one layer')
  }
  if (config?.mediaType === WASM_CONFIG_V0) return undefined
  return refuses('config-type', `Wasm components must have a config of type ${WASM_CONFIG_V0}`)
}
