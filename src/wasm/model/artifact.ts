import {
  type Descriptor,
  isJsonObject,
  type JsonObject,
  readDescriptor,
} from '../../oci/descriptor.ts'
import type { Manifest } from '../../oci/manifest.ts'
import type { BlobFacts } from '../read/facts.ts'
import type { ArchiveFacts } from '../read/archive/plugin-archive.ts'

/** A layer with the file name that the pusher gave it. */
export interface Layer extends Descriptor {
  /** Annotation `org.opencontainers.image.title`: untrusted text. */
  readonly title?: string
}

/** The entry of a manifest in an index. */
export interface Child extends Descriptor {
  readonly platform?: { readonly os: string; readonly architecture: string }
}

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

const TITLE = 'org.opencontainers.image.title'

export function readArtifact({ body, mediaType, annotations, subject }: Manifest): Artifact {
  const { mediaType: statedType, artifactType } = body
  return {
    mediaType,
    ...(typeof statedType === 'string' && { statedType }),
    ...(typeof artifactType === 'string' && { artifactType }),
    ...(body['config'] != null && { config: readDescriptor(body['config'], 'config') }),
    layers: list(body['layers']).map(readLayer),
    children: list(body['manifests']).map(readChild),
    annotations,
    ...(subject && { subject }),
  }
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function readLayer(value: unknown, position: number): Layer {
  const path = `layers[${position}]`
  const layer = readDescriptor(value, path)
  const annotations = (value as JsonObject)['annotations']
  const title = isJsonObject(annotations) ? annotations[TITLE] : undefined
  return typeof title === 'string' ? { ...layer, title } : layer
}

function readChild(value: unknown, position: number): Child {
  const child = readDescriptor(value, `manifests[${position}]`)
  const platform = (value as JsonObject)['platform']
  if (!isJsonObject(platform)) return child
  const { os, architecture } = platform
  return {
    ...child,
    platform: {
      os: typeof os === 'string' ? os : '',
      architecture: typeof architecture === 'string' ? architecture : '',
    },
  }
}
