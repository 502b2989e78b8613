import { randomBytes } from 'node:crypto'
import { KIB } from '../../src/base/sizes.ts'
import { digestOf } from '../../src/oci/digest.ts'
import { openStorage } from '../../storage/storage.ts'
import { log } from '../scale/log.ts'

export interface Candidates {
  /** Unreferenced blobs, each linked in one repository. */
  readonly blobs: number
  /** The number of blobs in files; the others are small and in the index. */
  readonly files: number
}

const DAYS = 24 * 3_600_000
const CONCURRENCY = 500
/** Bytes: one more than the largest blob in the index. */
const FILE_SIZE = 16 * KIB + 1

/** Writes unreferenced blobs with a time three days ago, directly to the store. */
export async function fillCandidates(data: string, { blobs, files }: Candidates): Promise<void> {
  const storage = await openStorage({ data, durability: 'none', acceptGap: false, log })
  const time = Date.now() - 3 * DAYS
  let next = 0
  const one = async (number: number): Promise<void> => {
    const bytes = number < files ? randomBytes(FILE_SIZE) : Buffer.from(`unused blob ${number}`)
    const digest = digestOf(bytes)
    const writer = storage.blobs.start()
    await writer.append(bytes)
    const saved = await writer.commit(digest)
    const repository = `unused/r${number % 1000}`
    await storage.index.blobs.link({ repository, digest, saved, time })
  }
  const workers = Array.from({ length: CONCURRENCY }, async () => {
    while (next < blobs) await one(next++)
  })
  await Promise.all(workers)
  await storage.close()
}
