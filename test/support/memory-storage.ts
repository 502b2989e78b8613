import { KeyValueIndex } from '../../storage/index-kv/key-value-index.ts'
import { compose, type Storage } from '../../storage/storage.ts'
import { MemoryBlobStore } from './memory-blob-store.ts'
import { MemoryKeyValue } from './memory-key-value.ts'

/** A store in memory. */
export function memoryStorage(): Storage {
  const index = new KeyValueIndex(new MemoryKeyValue(), true)
  return compose(index, new MemoryBlobStore(), async () => index.health.reason)
}
