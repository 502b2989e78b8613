import { createHash, randomBytes } from 'node:crypto'

export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json'
const CONFIG_TYPE = 'application/vnd.module.wasm.config.v1+json'
const LAYER_TYPE = 'application/vnd.module.wasm.content.layer.v1+wasm'

export interface Content {
  readonly bytes: Buffer
  readonly digest: string
}

export function digestOf(...parts: readonly Buffer[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return `sha256:${hash.digest('hex')}`
}

export function contentOf(bytes: Buffer): Content {
  return { bytes, digest: digestOf(bytes) }
}

export function randomContent(size: number): Content {
  return contentOf(randomBytes(size))
}

/** A new config blob, as small as real ones. */
export function configContent(): Content {
  const rule = { id: randomBytes(12).toString('hex'), header: 'resp-header-demo' }
  return contentOf(Buffer.from(JSON.stringify({ type: 'envoy_proxy', rootId: 'demo', rule })))
}

export interface Descriptor {
  readonly digest: string
  readonly size: number
}

/** A manifest like those of oras; `version` distinguishes manifests of the same blobs. */
export function manifestContent(config: Descriptor, layer: Descriptor, version: string): Content {
  return contentOf(
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: MANIFEST_TYPE,
        config: { mediaType: CONFIG_TYPE, digest: config.digest, size: config.size },
        layers: [
          {
            mediaType: LAYER_TYPE,
            digest: layer.digest,
            size: layer.size,
            annotations: { 'org.opencontainers.image.title': 'filter.wasm' },
          },
        ],
        annotations: { 'org.opencontainers.image.version': version },
      }),
    ),
  )
}

export function descriptorOf({ bytes, digest }: Content): Descriptor {
  return { digest, size: bytes.length }
}
