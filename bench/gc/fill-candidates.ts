import { randomBytes } from 'node:crypto'
import { digestOf } from '../../src/oci/digest.ts'
import { openStorage } from '../../storage/storage.ts'
import { log } from '../scale/log.ts'

export interface Candidates {
  /** Blobs that a repository links and no manifest names. */
  readonly blobs: number
  /** How many of them have a file of their own; the others are small. */
  readonly files: number
}

const DAYS = 24 * 3_600_000
const CONCURRENCY = 500
/** Bytes: one more than fit into the index. */
const IN_A_FILE = 16 * 1024 + 1

/** Pushes blobs that nobody uses, three days ago, through both ports of the store. */
export async function fillCandidates(data: string, { blobs, files }: Candidates): Promise<void> {
  const storage = await openStorage({ data, durability: 'none', acceptGap: false, log })
  const time = Date.now() - 3 * DAYS
  let next = 0
  const one = async (number: number): Promise<void> => {
    const bytes = number < files ? randomBytes(IN_A_FILE) : Buffer.from(`unused blob ${number}`)
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
