import { MemoryBlobs } from '../../storage/blobs-memory.ts'
import { blobStoreContract } from './blobs.contract.ts'

blobStoreContract('memory', async () => {
  const blobs = new MemoryBlobs()
  return { blobs, keep: () => undefined, restart: () => blobs }
})
