import { messageOf } from '../../src/base/errno.ts'
import type { Log } from '../../src/base/log.ts'
import { FORMAT_KEY, FORMAT_VERSION } from '../keys.ts'
import type { KeyValue } from './key-value.ts'
import { MIGRATIONS } from './migrations.ts'
import { decode, encode } from './rows.ts'

interface FormatRow {
  readonly version: number
  /** Set while the rows are being migrated: some may still be of this version. */
  readonly from?: number
}

/** Whether the rows of a store were written by any release. */
export function hasFormat(store: KeyValue): boolean {
  return store.get(FORMAT_KEY) !== undefined
}

export async function writeFormat(
  store: KeyValue,
  syncs: boolean,
  row: FormatRow = { version: FORMAT_VERSION },
): Promise<void> {
  await store.write(new Map([[FORMAT_KEY, encode(row)]]), syncs)
}

/**
 * Brings the rows of a store to the current format. A migration that was interrupted is continued.
 * A read-only store stays as it is: older rows can be read.
 * @throws Error with a message for the operator if a newer release wrote the store, or if its rows
 *   cannot be written
 */
export async function migrate(store: KeyValue, syncs: boolean, log: Log): Promise<void> {
  const { version, from = version } = decode<FormatRow>(store.get(FORMAT_KEY)!)
  if (version > FORMAT_VERSION) {
    throw new Error(
      `the data was written by a newer Wasmoor (format ${version}, this release knows ${FORMAT_VERSION}): start that release`,
    )
  }
  if (from === FORMAT_VERSION) return
  if (store.failure) {
    log.warn({ from, to: FORMAT_VERSION }, 'the index is read-only and was not migrated')
    return
  }
  try {
    // First, so that an older release refuses a store that is migrated in part.
    await writeFormat(store, syncs, { version: FORMAT_VERSION, from })
    let rows = 0
    for (let step = from; step < FORMAT_VERSION; step++)
      rows += await MIGRATIONS[step]!(store, syncs)
    await writeFormat(store, syncs)
    log.info({ from, to: FORMAT_VERSION, rows }, 'the index was migrated to a newer format')
  } catch (cause) {
    throw new Error(
      `the index could not be migrated from format ${from} to ${FORMAT_VERSION}; nothing is lost, and the next start continues: ${messageOf(cause)}`,
      { cause },
    )
  }
}
