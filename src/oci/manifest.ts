import {
  type Child,
  type Descriptor,
  invalid,
  isJsonObject,
  type JsonObject,
  type Layer,
  readAnnotations,
  readChild,
  readDescriptor,
  readLayer,
  readList,
} from './descriptor.ts'
import { RegistryError } from './errors.ts'
import { checkManifestText } from './manifest-text.ts'
import {
  isArtifactType,
  isImageManifest,
  isIndex,
  isManifestType,
  isNonDistributable,
  isSchema1,
  OCI_IMAGE_INDEX,
  OCI_IMAGE_MANIFEST,
} from './media-types.ts'

/** Something a manifest names and that a puller will ask this repository for. */
export interface ManifestReference extends Descriptor {
  readonly kind: 'blob' | 'manifest'
  /** False where the bytes may live elsewhere (non-distributable layers). */
  readonly required: boolean
}

/** The parts of a manifest that a registry reads. */
export interface Manifest {
  readonly mediaType: string
  /** The field `mediaType` of the manifest itself, which old clients leave out. */
  readonly statedType?: string
  readonly config?: Descriptor
  readonly layers: readonly Layer[]
  /** The manifests of an index. */
  readonly children: readonly Child[]
  /** All that it names: config, layers, blobs of an artifact manifest, and children. */
  readonly references: readonly ManifestReference[]
  readonly subject?: Descriptor
  /** The field `artifactType` of the manifest itself. */
  readonly statedArtifactType?: string
  /**
   * distribution-spec v1.1, "Listing Referrers": artifactType, else the config's media type of an
   * image, else absent.
   */
  readonly artifactType?: string
  readonly annotations: Readonly<Record<string, string>>
}

// ignoreBOM keeps a byte order mark in the text, where the JSON parser then refuses it, as every
// client would.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads a manifest of any kind: OCI and Docker images and indexes, artifact manifests and types
 * never seen before.
 * @param contentType the media type the client sent, without parameters; absent if it sent none.
 * @throws RegistryError MANIFEST_INVALID
 */
export function readManifest(bytes: Uint8Array, contentType: string | undefined): Manifest {
  const body = parse(bytes)
  const statedType = readText(body, 'mediaType')
  const mediaType = agreedMediaType(body, statedType, contentType)
  if (isSchema1(mediaType) || body['schemaVersion'] === 1) {
    throw new RegistryError(
      'MANIFEST_INVALID',
      'Docker image manifests of schema 1 are not supported: push schema 2 or an OCI manifest with a current client',
    )
  }
  checkShape(body, mediaType)
  const config = body['config'] == null ? undefined : readDescriptor(body['config'], 'config')
  const subject = body['subject'] == null ? undefined : readDescriptor(body['subject'], 'subject')
  const statedArtifactType = readArtifactType(body)
  const artifactType =
    statedArtifactType || (mediaType === OCI_IMAGE_INDEX ? undefined : config?.mediaType)
  const layers = readList(body['layers'], 'layers', readLayer)
  // The list of the retired artifact manifest.
  const blobs = readList(body['blobs'], 'blobs', readDescriptor)
  const children = readList(body['manifests'], 'manifests', readChild)
  return {
    mediaType,
    ...(statedType !== undefined && { statedType }),
    ...(config && { config }),
    layers,
    children,
    references: [
      ...(config ? [referenceTo('blob', config)] : []),
      ...[...layers, ...blobs].map((blob) =>
        referenceTo('blob', blob, !isNonDistributable(blob.mediaType)),
      ),
      ...children.map((child) => referenceTo('manifest', child)),
    ],
    ...(subject && { subject }),
    ...(statedArtifactType !== undefined && { statedArtifactType }),
    ...(artifactType !== undefined && { artifactType }),
    annotations: readAnnotations(body['annotations'], 'annotations'),
  }
}

/**
 * Reads a manifest that is stored; undefined if an earlier release took what is not accepted now.
 * @param mediaType the type under which it is stored
 */
export function readStoredManifest(bytes: Uint8Array, mediaType: string): Manifest | undefined {
  try {
    return readManifest(bytes, mediaType)
  } catch (error) {
    if (error instanceof RegistryError) return undefined
    throw error
  }
}

function parse(bytes: Uint8Array): JsonObject {
  let body: unknown
  try {
    const text = utf8.decode(bytes)
    checkManifestText(text)
    body = JSON.parse(text)
  } catch (cause) {
    if (cause instanceof RegistryError) throw cause
    throw new RegistryError(
      'MANIFEST_INVALID',
      'a manifest must be JSON in UTF-8, without byte order mark',
      { cause },
    )
  }
  if (!isJsonObject(body))
    throw new RegistryError('MANIFEST_INVALID', 'a manifest must be a JSON object')
  return body
}

/**
 * The media type, which is a property of the bytes wherever they show it, so that nobody can change
 * it by another Content-Type. A body that says one type under a header that says another can mean
 * two things to two readers (GHSA-mc8v-mgrf-8f4m). A body without a type is read by its fields, as
 * distribution does; the Content-Type counts for kinds that are not known here.
 */
function agreedMediaType(
  body: JsonObject,
  stated: string | undefined,
  contentType: string | undefined,
): string {
  const sent = contentType ?? stated ?? typeByFields(body)
  if (sent === undefined) {
    throw new RegistryError(
      'MANIFEST_INVALID',
      `send the manifest with its Content-Type, such as ${OCI_IMAGE_MANIFEST}`,
    )
  }
  if (!isManifestType(sent)) {
    throw new RegistryError(
      'MANIFEST_INVALID',
      `a manifest cannot have this Content-Type: send an application/… type, such as ${OCI_IMAGE_MANIFEST}`,
    )
  }
  if (stated !== undefined && stated.toLowerCase() !== sent) {
    throw new RegistryError(
      'MANIFEST_INVALID',
      'the mediaType inside the manifest differs from the Content-Type it was sent with: make them equal',
    )
  }
  if (stated !== undefined || isSchema1(sent)) return sent
  return typeByFields(body) ?? sent
}

/** The type of a manifest without `mediaType`: Docker's manifests of schema 2 always have one. */
function typeByFields({ schemaVersion, config, manifests }: JsonObject): string | undefined {
  if (schemaVersion !== 2) return undefined
  if (isJsonObject(config)) return manifests == null ? OCI_IMAGE_MANIFEST : undefined
  return config == null && Array.isArray(manifests) ? OCI_IMAGE_INDEX : undefined
}

function checkShape(body: JsonObject, mediaType: string): void {
  const known = isImageManifest(mediaType) || isIndex(mediaType)
  const version = body['schemaVersion']
  if (version === undefined ? known : version !== 2) throw invalid('schemaVersion', 'must be 2')
  if (isImageManifest(mediaType)) {
    if (body['config'] == null) throw invalid('config', 'is required in an image manifest')
    if (body['manifests'] !== undefined)
      throw invalid('manifests', 'belongs into an index, not into an image manifest')
  } else if (isIndex(mediaType)) {
    if (!Array.isArray(body['manifests'])) throw invalid('manifests', 'is required in an index')
    for (const field of ['config', 'layers']) {
      if (body[field] !== undefined)
        throw invalid(field, 'belongs into an image manifest, not into an index')
    }
  }
}

function readText(body: JsonObject, field: string): string | undefined {
  const text = body[field]
  if (text !== undefined && typeof text !== 'string') throw invalid(field, 'must be a string')
  return text
}

function readArtifactType(body: JsonObject): string | undefined {
  const artifactType = readText(body, 'artifactType')
  if (artifactType !== undefined && !isArtifactType(artifactType))
    throw invalid('artifactType', 'has at most 255 characters, and no control characters')
  return artifactType
}

function referenceTo(
  kind: 'blob' | 'manifest',
  { mediaType, digest, size }: Descriptor,
  required = true,
): ManifestReference {
  return { mediaType, digest, size, kind, required }
}
