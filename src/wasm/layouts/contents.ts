import type { Hash } from 'node:crypto'
import type { Descriptor } from '../../oci/descriptor.ts'
import { type Digest, digestOf, finishDigest, startHash } from '../../oci/digest.ts'
import { MODULE_CONFIG, OCI_CONFIG, OCI_TAR_GZIP } from '../model/media-types.ts'
import { pluginTar, tarSize } from './plugin-tar.ts'
import { storedGzip, storedGzipSize, WrongLength } from './stored-gzip.ts'

/** Reads the bytes from the start with each call. */
export type Open = () => AsyncIterable<Uint8Array>

/** A blob of a layout, which may not be stored yet. */
export interface NewBlob extends Descriptor {
  readonly digest: Digest
  readonly open: Open
}

/** The empty config of a layout whose original has none of this type. */
export const EMPTY_CONFIG: NewBlob = small(MODULE_CONFIG, {})

/** The bytes of the module do not match its digest. */
export class DamagedModule extends Error {}

/**
 * The two blobs of an image that holds the module as `plugin.wasm`. Reads the module once, and
 * again whenever the layer is opened.
 * @throws DamagedModule; what `open` throws
 */
export async function imageOf(
  module: Descriptor,
  open: Open,
): Promise<{ readonly config: NewBlob; readonly layer: NewBlob }> {
  const length = tarSize(module.size)
  const [raw, tar, gzip] = [startHash('sha256'), startHash('sha256'), startHash('sha256')]
  const archive = hashing(tar, pluginTar(module.size, hashing(raw, open())))
  try {
    for await (const piece of storedGzip(length, archive)) gzip.update(piece)
  } catch (error) {
    if (error instanceof WrongLength) throw new DamagedModule(`has ${error.message}`)
    throw error
  }
  if (finishDigest('sha256', raw) !== module.digest) throw new DamagedModule('has other bytes')
  const layer: NewBlob = {
    mediaType: OCI_TAR_GZIP,
    digest: finishDigest('sha256', gzip),
    size: storedGzipSize(length),
    open: () => storedGzip(length, pluginTar(module.size, open())),
  }
  // The module runs on any platform; clients select linux/amd64 in an index by default.
  const config = small(OCI_CONFIG, {
    architecture: 'amd64',
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: [finishDigest('sha256', tar)] },
  })
  return { config, layer }
}

async function* hashing(hash: Hash, pieces: AsyncIterable<Uint8Array>) {
  for await (const piece of pieces) {
    hash.update(piece)
    yield piece
  }
}

function small(mediaType: string, body: object): NewBlob {
  const bytes = Buffer.from(JSON.stringify(body))
  return {
    mediaType,
    digest: digestOf(bytes),
    size: bytes.length,
    async *open() {
      yield bytes
    },
  }
}
