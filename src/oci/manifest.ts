import {
  type Descriptor,
  invalid,
  isJsonObject,
  type JsonObject,
  readAnnotations,
  readDescriptor,
  readDescriptors,
} from './descriptor.ts'
import { RegistryError } from './errors.ts'
import {
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
  /** All that it says. */
  readonly body: JsonObject
  readonly mediaType: string
  readonly references: readonly ManifestReference[]
  readonly subject?: Descriptor
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
  const mediaType = agreedMediaType(body, contentType)
  if (isSchema1(mediaType) || body['schemaVersion'] === 1) {
    throw new RegistryError(
      'MANIFEST_INVALID',
      'Docker image manifests of schema 1 are not supported: push schema 2 or an OCI manifest with a current client',
    )
  }
  checkShape(body, mediaType)
  const config =
    'config' in body && body['config'] !== null
      ? readDescriptor(body['config'], 'config')
      : undefined
  const subject = body['subject'] == null ? undefined : readDescriptor(body['subject'], 'subject')
  const artifactType = readArtifactType(body, mediaType, config)
  return {
    body,
    mediaType,
    references: readReferences(body, config),
    ...(subject && { subject }),
    ...(artifactType !== undefined && { artifactType }),
    annotations: readAnnotations(body['annotations'], 'annotations'),
  }
}

function parse(bytes: Uint8Array): JsonObject {
  let body: unknown
  try {
    body = JSON.parse(utf8.decode(bytes))
  } catch (cause) {
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
 * A body that says one type under a header that says another can mean two things to two readers
 * (GHSA-mc8v-mgrf-8f4m).
 */
function agreedMediaType(body: JsonObject, contentType: string | undefined): string {
  const inBody = body['mediaType']
  if (inBody !== undefined && typeof inBody !== 'string')
    throw invalid('mediaType', 'must be a string')
  const mediaType = contentType ?? inBody
  if (mediaType === undefined) {
    throw new RegistryError(
      'MANIFEST_INVALID',
      `send the manifest with its Content-Type, such as ${OCI_IMAGE_MANIFEST}`,
    )
  }
  if (!isManifestType(mediaType)) {
    throw new RegistryError(
      'MANIFEST_INVALID',
      `a manifest cannot have this Content-Type: send an application/… type, such as ${OCI_IMAGE_MANIFEST}`,
    )
  }
  if (inBody !== undefined && inBody.toLowerCase() !== mediaType) {
    throw new RegistryError(
      'MANIFEST_INVALID',
      'the mediaType inside the manifest differs from the Content-Type it was sent with: make them equal',
    )
  }
  return mediaType
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

function readArtifactType(
  body: JsonObject,
  mediaType: string,
  config: Descriptor | undefined,
): string | undefined {
  const artifactType = body['artifactType']
  if (artifactType !== undefined && typeof artifactType !== 'string')
    throw invalid('artifactType', 'must be a string')
  if (artifactType) return artifactType
  return mediaType === OCI_IMAGE_INDEX ? undefined : config?.mediaType
}

/**
 * `blobs` is the list of the retired artifact manifest; types never seen before are read by the
 * same field names.
 */
function readReferences(body: JsonObject, config: Descriptor | undefined): ManifestReference[] {
  const blob = (descriptor: Descriptor): ManifestReference => ({
    ...descriptor,
    kind: 'blob',
    required: !isNonDistributable(descriptor.mediaType),
  })
  return [
    ...(config ? [{ ...config, kind: 'blob', required: true } as const] : []),
    ...readDescriptors(body['layers'], 'layers').map(blob),
    ...readDescriptors(body['blobs'], 'blobs').map(blob),
    ...readDescriptors(body['manifests'], 'manifests').map(
      (descriptor) => ({ ...descriptor, kind: 'manifest', required: true }) as const,
    ),
  ]
}
