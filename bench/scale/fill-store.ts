import { KIB } from '../../src/base/sizes.ts'
import type { Digest } from '../../src/oci/digest.ts'
import { readManifest } from '../../src/oci/manifest.ts'
import type { Index } from '../../storage/index/index.ts'
import { openStorage } from '../../storage/storage.ts'
import {
  type Content,
  contentOf,
  descriptorOf,
  manifestContent,
  MANIFEST_TYPE,
} from '../content.ts'
import { log } from './log.ts'

export interface Sizes {
  readonly tags: number
  readonly repositories: number
}

/** The repository with all the tags. The others have one each. */
export const TAGGED = 'scale/tagged'
export const tagName = (number: number): string => `v${padded(number)}`
export const repositoryName = (number: number): string => `many/r${padded(number)}`

const CONFIG = contentOf(Buffer.from('{"rootId":"demo"}'))
// Only in the index: its bytes are never read.
const LAYER = { digest: contentOf(Buffer.from('layer')).digest, size: 100 * KIB }

// Enough concurrent operations for large commits, but not too many for the memory.
const CONCURRENCY = 1000

/** Fills a new data directory through the Index, which writes the same rows as pushes over HTTP. */
export async function fillStore(data: string, { tags, repositories }: Sizes): Promise<void> {
  const { index } = await openStorage({ data, durability: 'none', acceptGap: false, log })
  await linkBlobs(index, TAGGED)
  await each(tags, (number) => putManifest(index, TAGGED, tagName(number)))
  await each(repositories, async (number) => {
    await linkBlobs(index, repositoryName(number))
    await putManifest(index, repositoryName(number), 'latest')
  })
  await index.close()
}

/** A manifest of the two blobs that every repository has, different for each tag. */
export function manifestFor(tag: string): Content {
  return manifestContent(descriptorOf(CONFIG), LAYER, tag)
}

export async function putManifest(index: Index, repository: string, tag: string): Promise<void> {
  const { bytes, digest } = manifestFor(tag)
  const { outcome } = await index.manifests.put({
    repository,
    bytes,
    tags: [tag],
    requireReferences: true,
    time: Date.now(),
    digest: digest as Digest,
    manifest: readManifest(bytes, MANIFEST_TYPE),
  })
  if (outcome !== 'stored') throw new Error(`${repository}:${tag}: ${outcome}`)
}

async function linkBlobs(index: Index, repository: string): Promise<void> {
  const stored = [
    [CONFIG.digest, { key: 'small/config', size: CONFIG.bytes.length, content: CONFIG.bytes }],
    [LAYER.digest, { key: 'sha256/00/layer', size: LAYER.size }],
  ] as const
  for (const [digest, blob] of stored) {
    const link = { repository, digest: digest as Digest, saved: blob, time: Date.now() }
    await index.blobs.link(link)
  }
}

async function each(count: number, act: (number: number) => Promise<void>): Promise<void> {
  let next = 0
  const loop = async () => {
    while (next < count) {
      next += 1
      await act(next - 1)
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, loop))
}

/** Pads numbers, so that their byte order is their numerical order. */
function padded(number: number): string {
  return number.toString().padStart(7, '0')
}
