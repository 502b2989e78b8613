import { OCI_IMAGE_MANIFEST } from '../../oci/media-types.ts'
import type { Artifact, ContentFacts, InspectedArtifact } from '../model/artifact.ts'
import { MODULE_CONFIG, MODULE_LAYER, OCI_CONFIG, OCI_TAR_GZIP } from '../model/media-types.ts'
import { READER_VERSION } from '../read/facts.ts'
import { PLUGIN } from '../read/archive/plugin-archive.ts'
import { tarSize } from './plugin-tar.ts'
import type { LayoutName } from './layout.ts'
import type { LayoutSource } from './source.ts'
import { storedGzipSize } from './stored-gzip.ts'

/**
 * A layout as consumers will see it, before it is made. Only the digest of the module is real; the
 * others are placeholders.
 */
export function layoutArtifact(name: LayoutName, source: LayoutSource): InspectedArtifact {
  return name === 'envoy' ? twoLayers(source) : image(source)
}

function twoLayers({ module, facts, config }: LayoutSource): InspectedArtifact {
  const first = { ...(config ?? module), mediaType: MODULE_CONFIG }
  const layers = [first, { ...module, mediaType: MODULE_LAYER }]
  const known = { blobs: new Map([[module.digest, facts]]), archives: new Map() }
  return { artifact: artifact(first, layers), known }
}

function image({ module, facts }: LayoutSource): InspectedArtifact {
  const size = storedGzipSize(tarSize(module.size))
  const layer = { mediaType: OCI_TAR_GZIP, digest: module.digest, size }
  const reader = READER_VERSION
  const known: ContentFacts = {
    blobs: new Map([[layer.digest, { reader, size, content: 'gzip' }]]),
    archives: new Map([
      [
        layer.digest,
        {
          reader,
          outcome: 'found',
          entries: 1,
          unpacked: tarSize(module.size),
          plugin: { path: PLUGIN, facts },
          others: { total: 0, items: [] },
        },
      ],
    ]),
  }
  return { artifact: artifact({ ...layer, mediaType: OCI_CONFIG }, [layer]), known }
}

function artifact(config: Artifact['config'] & object, layers: Artifact['layers']): Artifact {
  return {
    mediaType: OCI_IMAGE_MANIFEST,
    statedType: OCI_IMAGE_MANIFEST,
    config,
    layers,
    children: [],
    annotations: {},
  }
}
