import { FORMAT_KEY, FORMAT_VERSION } from '../keys.ts'
import type { KeyValue } from './key-value.ts'
import { decode, encode } from './rows.ts'

/**
 * The version of the rows in a store; undefined if it is new.
 * @throws Error with a message for the operator if a newer release wrote it
 */
export function readFormat(store: KeyValue): number | undefined {
  const bytes = store.get(FORMAT_KEY)
  if (bytes === undefined) return undefined
  const { version } = decode<{ version: number }>(bytes)
  if (version > FORMAT_VERSION) {
    throw new Error(
      `the data was written by a newer Wasmoor (format ${version}, this one knows ${FORMAT_VERSION}): start that release`,
    )
  }
  return version
}

export async function writeFormat(store: KeyValue, syncs: boolean): Promise<void> {
  await store.write(new Map([[FORMAT_KEY, encode({ version: FORMAT_VERSION })]]), syncs)
}
