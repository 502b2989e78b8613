import { MemoryBlobs } from '../support/memory-blobs.ts'
import { blobStoreContract } from './blob-store.contract.ts'

blobStoreContract('memory', async () => {
  const blobs = new MemoryBlobs()
  return { blobs, keep: () => undefined, restart: () => blobs }
})
