import { algorithmOf, type Digest } from '../../src/oci/digest.ts'
import { RunningDigest } from '../../src/registry/uploads/transfer.ts'
import { FileBlobStore } from '../../storage/files/file-blob-store.ts'
import { NodeDisk } from '../../storage/files/node-disk.ts'
import { KeyValueIndex } from '../../storage/index-kv/key-value-index.ts'
import { LevelKeyValue } from '../../storage/level/level-key-value.ts'
import type { BlobRow } from '../../storage/index-kv/blobs.ts'
import { KeptLog } from './kept-log.ts'
import { allRows, rowFaults } from './row-consistency.ts'

/**
 * Inconsistencies in a data directory that no server is using: between rows, and between rows and
 * files.
 */
export async function storeFaults(data: string): Promise<string[]> {
  const log = new KeptLog()
  const store = await LevelKeyValue.open(data, { numbered: true, acceptGap: false, log })
  try {
    const rows = await allRows(store)
    const faults = rowFaults(rows)
    if (store.failure) faults.push(store.failure.message)
    const blobs = new FileBlobStore(new NodeDisk(data, true), new KeyValueIndex(store, true).blobs)
    for (const [key, value] of rows.filter(([row]) => row.startsWith('blob!'))) {
      const digest = key.slice('blob!'.length) as Digest
      const { key: place, state } = JSON.parse(Buffer.from(value).toString()) as BlobRow
      const running = new RunningDigest(algorithmOf(digest))
      for await (const piece of (await blobs.open(place)) ?? []) running.update(piece)
      if (state !== 'good') faults.push(`${digest} is ${state}`)
      else if (running.finish() !== digest) faults.push(`${digest} has other bytes`)
    }
    return faults
  } finally {
    await store.close()
  }
}
