import { KeyValueIndex } from '../../storage/index-kv/key-value-index.ts'
import { MemoryKeyValue } from '../support/memory-key-value.ts'
import { allRows } from '../support/row-consistency.ts'
import { indexContract } from './index/index.contract.ts'

indexContract('memory', async () => {
  const store = new MemoryKeyValue()
  return { index: new KeyValueIndex(store, true), rows: () => allRows(store) }
})
