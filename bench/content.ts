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

/** A config blob as small as real ones are, unlike any other. */
export function configContent(): Content {
  const rule = { id: randomBytes(12).toString('hex'), header: 'resp-header-demo' }
  return contentOf(Buffer.from(JSON.stringify({ type: 'envoy_proxy', rootId: 'demo', rule })))
}

export interface Described {
  readonly digest: string
  readonly size: number
}

/** A manifest such as oras writes; `version` makes it differ from others with the same blobs. */
export function manifestContent(config: Described, layer: Described, version: string): Content {
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

export function described({ bytes, digest }: Content): Described {
  return { digest, size: bytes.length }
}
