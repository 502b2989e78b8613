import { MemoryBlobStore } from '../support/memory-blob-store.ts'
import { blobStoreContract } from './blob-store.contract.ts'

blobStoreContract('memory', async () => {
  const blobs = new MemoryBlobStore()
  return { blobs, keep: () => undefined, restart: () => blobs }
})
