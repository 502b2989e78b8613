import { KeyValueIndex } from '../../../storage/index-kv/key-value-index.ts'
import { LevelKeyValue } from '../../../storage/level/level-key-value.ts'
import { KeptLog } from '../../support/kept-log.ts'
import { allRows } from '../../support/row-consistency.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { indexContract } from '../index/index.contract.ts'

indexContract('Level', async (test) => {
  const data = await temporaryDirectory(test)
  // Not synced: the crash tests are about syncs.
  const options = { numbered: true, acceptGap: false, log: new KeptLog() }
  const store = await LevelKeyValue.open(data, options)
  return { index: new KeyValueIndex(store, false), rows: () => allRows(store) }
})
