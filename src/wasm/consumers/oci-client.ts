import type { Artifact } from '../model/artifact.ts'
import { type Outcome, refuses } from './verdict.ts'

/** oras-project/rust-oci-client, Client::pull, validate_layers: every layer must be of a type that the caller takes. */
export function refusesLayers({ layers }: Artifact, taken: readonly string[]): Outcome | undefined {
  if (layers.length === 0) return refuses('no-layers', 'No layers to pull')
  const other = layers.find(({ mediaType }) => !taken.includes(mediaType))
  return other && refuses('layer-type', `Incompatible layer media type: ${other.mediaType}`)
}
