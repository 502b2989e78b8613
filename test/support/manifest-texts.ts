import { createHash } from 'node:crypto'

export const IMAGE = 'application/vnd.oci.image.manifest.v1+json'
export const INDEX = 'application/vnd.oci.image.index.v1+json'

export interface TestDescriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly [field: string]: unknown
}

/** Computed here by itself, not by the code under test. */
export function digest(bytes: string | Uint8Array, algorithm = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`
}

export function descriptor(
  bytes: string | Uint8Array,
  mediaType = 'application/octet-stream',
  algorithm = 'sha256',
): TestDescriptor {
  return { mediaType, digest: digest(bytes, algorithm), size: Buffer.byteLength(bytes) }
}

/** An image manifest as text: of one config and one layer unless `fields` say otherwise. */
export function image(fields: object = {}, config = '{}', layer = 'layer'): string {
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: IMAGE,
    config: descriptor(config, 'application/vnd.oci.image.config.v1+json'),
    layers: [descriptor(layer)],
    ...fields,
  })
}

export function index(children: readonly object[], fields: object = {}): string {
  return JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: children, ...fields })
}
