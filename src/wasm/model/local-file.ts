import { OCI_IMAGE_MANIFEST } from '../../oci/media-types.ts'
import type { Artifact, InspectedArtifact } from './artifact.ts'
import { MODULE_CONFIG, MODULE_LAYER, WASM_CONFIG_V0, WASM_LAYER } from './media-types.ts'
import type { BlobFacts } from '../read/facts.ts'

/**
 * A local file as the artifact that a client would push: two layers for a proxy filter, the CNCF
 * layout for all other files.
 * @param sha256 hex digits
 */
export function artifactOfFile(facts: BlobFacts, sha256: string, title: string): InspectedArtifact {
  const digest = `sha256:${sha256}`
  const hostHints = facts.wasm?.hostHints ?? []
  const isFilter = hostHints.includes('proxy-wasm') || hostHints.includes('higress')
  const file = { digest, size: facts.size, title }
  // Only the media type of the config is read.
  const config = { mediaType: isFilter ? MODULE_CONFIG : WASM_CONFIG_V0, digest, size: 2 }
  const artifact: Artifact = {
    mediaType: OCI_IMAGE_MANIFEST,
    statedType: OCI_IMAGE_MANIFEST,
    config,
    layers: isFilter
      ? [config, { ...file, mediaType: MODULE_LAYER }]
      : [{ ...file, mediaType: WASM_LAYER }],
    children: [],
    annotations: {},
  }
  return { artifact, known: { blobs: new Map([[digest, facts]]), archives: new Map() } }
}
