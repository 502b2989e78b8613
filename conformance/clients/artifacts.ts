import { createHash, randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

export const FILTER_FILE = 'example-filter.wasm'
export const CONFIG_FILE = 'runtime-config.json'
export const FILTER_TYPE = 'application/vnd.module.wasm.content.layer.v1+wasm'
export const CONFIG_TYPE = 'application/vnd.module.wasm.config.v1+json'

export const RUNTIME_CONFIG = Buffer.from(
  JSON.stringify({ type: 'envoy_proxy', abiVersions: ['v0.2.1'], config: { rootIds: ['demo'] } }),
)

/** A valid module, different in every run, so that the registry never has its blob already. */
export const WASM_MODULE = moduleOfSize(300_000)

/** The layer of a filter that is pushed as an image: an archive with the module. */
export const IMAGE_LAYER = gzipSync(tarOf('plugin.wasm', WASM_MODULE))

export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

/** Writes an image with this layer as an OCI image layout, which skopeo can push. */
export async function writeImageLayout(directory: string, tag: string): Promise<void> {
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: {},
      rootfs: { type: 'layers', diff_ids: [digestOf(tarOf('plugin.wasm', WASM_MODULE))] },
    }),
  )
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: descriptor('application/vnd.oci.image.config.v1+json', config),
      layers: [descriptor('application/vnd.oci.image.layer.v1.tar+gzip', IMAGE_LAYER)],
    }),
  )
  const index = {
    schemaVersion: 2,
    manifests: [
      {
        ...descriptor('application/vnd.oci.image.manifest.v1+json', manifest),
        annotations: { 'org.opencontainers.image.ref.name': tag },
      },
    ],
  }
  await mkdir(join(directory, 'blobs', 'sha256'), { recursive: true })
  for (const blob of [config, IMAGE_LAYER, manifest]) {
    await writeFile(join(directory, blobPath(blob)), blob)
  }
  await writeFile(join(directory, 'index.json'), JSON.stringify(index))
  await writeFile(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
}

/** The path of these bytes in an OCI image layout. */
export function blobPath(bytes: Buffer): string {
  return join('blobs', ...digestOf(bytes).split(':'))
}

function descriptor(mediaType: string, bytes: Buffer) {
  return { mediaType, digest: digestOf(bytes), size: bytes.length }
}

/** The header of a module, and one custom section named "x" with random content. */
function moduleOfSize(size: number): Buffer {
  const header = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])
  const content = Buffer.concat([Buffer.from([1, 0x78]), randomBytes(size)])
  return Buffer.concat([header, Buffer.from([0, ...leb128(content.length)]), content])
}

function leb128(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb128(value >>> 7)]
}

/** A tar archive with one file. */
function tarOf(name: string, content: Buffer): Buffer {
  const block = 512
  const header = Buffer.alloc(block)
  header.write(name, 0)
  header.write('0000644\0' + '0000000\0'.repeat(2), 100)
  header.write(content.length.toString(8).padStart(11, '0') + '\0', 124)
  header.write('00000000000\0', 136)
  // The checksum is computed with spaces in its own field.
  header.write(' '.repeat(8) + '0', 148)
  header.write('ustar\x0000', 257)
  const checksum = header.reduce((sum, byte) => sum + byte, 0)
  header.write(checksum.toString(8).padStart(6, '0') + '\0 ', 148)
  const padding = Buffer.alloc((block - (content.length % block)) % block)
  return Buffer.concat([header, content, padding, Buffer.alloc(2 * block)])
}
