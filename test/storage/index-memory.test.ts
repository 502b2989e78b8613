import { KeyValueIndex } from '../../storage/index-key-value.ts'
import { MemoryKeyValue } from '../../storage/key-value-memory.ts'
import { allRows } from '../support/row-consistency.ts'
import { indexContract } from './index.contract.ts'

indexContract('memory', async () => {
  const store = new MemoryKeyValue()
  return { index: new KeyValueIndex(store, true), rows: () => allRows(store) }
})
