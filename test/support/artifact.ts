import { type Digest, digestOf } from '../../src/oci/digest.ts'
import { type Manifest, readManifest } from '../../src/oci/manifest.ts'
import { OCI_IMAGE_INDEX, OCI_IMAGE_MANIFEST, OCTET_STREAM } from '../../src/oci/media-types.ts'

export interface Content {
  readonly digest: Digest
  readonly bytes: Uint8Array
}

/** A manifest as it is pushed, and what it means. */
export interface BuiltManifest extends Content {
  readonly mediaType: string
  readonly manifest: Manifest
}

export interface ImageParts {
  readonly config: Content
  readonly layers?: readonly Content[]
  readonly subject?: Content
  readonly artifactType?: string
  readonly annotations?: Readonly<Record<string, string>>
}

export function contentOf(bytes: Uint8Array | string, algorithm?: 'sha256' | 'sha512'): Content {
  const whole = Buffer.from(bytes)
  return { bytes: whole, digest: digestOf(whole, algorithm) }
}

export function image({ config, layers = [], ...more }: ImageParts): BuiltManifest {
  return built(OCI_IMAGE_MANIFEST, {
    config: describe(config, 'application/vnd.oci.empty.v1+json'),
    layers: layers.map((layer) => describe(layer, OCTET_STREAM)),
    ...rest(more),
  })
}

export function imageIndex(
  children: readonly Content[],
  more: Omit<ImageParts, 'config' | 'layers'> = {},
): BuiltManifest {
  const manifests = children.map((child) => describe(child, OCI_IMAGE_MANIFEST))
  return built(OCI_IMAGE_INDEX, { manifests, ...rest(more) })
}

/** A manifest with the given fields, which need not make sense. */
export function built(mediaType: string, fields: object): BuiltManifest {
  const content = contentOf(JSON.stringify({ schemaVersion: 2, mediaType, ...fields }))
  return { ...content, mediaType, manifest: readManifest(content.bytes, mediaType) }
}

export function describe({ digest, bytes }: Content, mediaType: string): object {
  return { mediaType, digest, size: bytes.byteLength }
}

function rest({
  subject,
  artifactType,
  annotations,
}: Omit<ImageParts, 'config' | 'layers'>): object {
  return {
    ...(subject && { subject: describe(subject, OCI_IMAGE_MANIFEST) }),
    ...(artifactType !== undefined && { artifactType }),
    ...(annotations && { annotations }),
  }
}
