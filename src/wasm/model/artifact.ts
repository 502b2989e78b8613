import type { Child, Descriptor, JsonObject, Layer } from '../../oci/descriptor.ts'
import type { Manifest } from '../../oci/manifest.ts'
import type { BlobFacts } from '../read/facts.ts'
import type { ArchiveFacts } from '../read/archive/plugin-archive.ts'

/** A manifest as consumers of Wasm read it. */
export interface Artifact {
  readonly mediaType: string
  /** The field `mediaType` of the manifest itself, which old clients leave out. */
  readonly statedType?: string
  readonly artifactType?: string
  readonly config?: Descriptor
  readonly layers: readonly Layer[]
  /** The manifests of an index. */
  readonly children: readonly Child[]
  readonly annotations: Readonly<Record<string, string>>
  readonly subject?: Descriptor
}

/**
 * The known facts about the content of an artifact; absent for content that has not been read yet.
 */
export interface ContentFacts {
  /** By digest. */
  readonly blobs: ReadonlyMap<string, BlobFacts>
  /** Opened archives, by digest of the layer. */
  readonly archives: ReadonlyMap<string, ArchiveFacts>
  /** The config, if it was read and is a JSON object. */
  readonly config?: JsonObject
}

/** An artifact with the known facts about its content. */
export interface InspectedArtifact {
  readonly artifact: Artifact
  readonly known: ContentFacts
}

export function readArtifact(manifest: Manifest): Artifact {
  const { mediaType, statedType, statedArtifactType, config, layers, children } = manifest
  const { annotations, subject } = manifest
  return {
    mediaType,
    ...(statedType !== undefined && { statedType }),
    ...(statedArtifactType !== undefined && { artifactType: statedArtifactType }),
    ...(config && { config }),
    layers,
    children,
    annotations,
    ...(subject && { subject }),
  }
}
