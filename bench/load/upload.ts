import { createHash, randomBytes } from 'node:crypto'
import type { PreparedLoad, UploadJob } from './job.ts'
import { Client } from './client.ts'

const partSize = 1024 * 1024

export async function prepareUpload(port: number, job: UploadJob): Promise<PreparedLoad> {
  const { repository, size } = job
  // No registry stores parts of a blob only once, so a new beginning makes a new blob.
  const repeated = randomBytes(partSize)
  const count = size / partSize
  const parts = Array.from({ length: count }, (_, n) =>
    n === 0 ? randomBytes(partSize) : repeated,
  )
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
