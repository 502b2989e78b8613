import { createHash, randomBytes } from 'node:crypto'
import { MIB } from '../../src/base/sizes.ts'
import type { PreparedLoad, UploadJob } from './job.ts'
import { layerBeginning, moduleParts } from '../wasm-content.ts'
import { Client } from './client.ts'

const PART_SIZE = MIB

export async function prepareUpload(port: number, job: UploadJob): Promise<PreparedLoad> {
  const { repository, size, content } = job
  // No registry deduplicates parts of blobs, so a different start makes a new blob.
  const repeated = randomBytes(PART_SIZE)
  const rest = Array.from({ length: size / PART_SIZE - 1 }, () => repeated)
  const parts =
    content === 'module'
      ? moduleParts(size, () => Buffer.alloc(0)).concat(rest, repeated)
      : [content === 'layer' ? layerBeginning(PART_SIZE) : randomBytes(PART_SIZE), ...rest]
  shorten(parts, size)
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  const digest = `sha256:${hash.digest('hex')}`
  const client = await Client.open(port)
  return async () => {
    const began = performance.now()
    await client.upload(repository, digest, parts, size)
    const seconds = (performance.now() - began) / 1000
    const evidence = [{ path: `/v2/${repository}/blobs/${digest}`, accept: '*/*', digest }]
    return { operations: 1, bytes: size, seconds, evidence }
  }
}

/** Shortens the last part, so that the parts have `size` bytes together. */
function shorten(parts: Buffer[], size: number): void {
  const excess = parts.reduce((sum, { length }) => sum + length, 0) - size
  const last = parts.pop() as Buffer
  parts.push(last.subarray(0, last.length - excess))
}
