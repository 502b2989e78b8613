import { STORED_KEY } from '../keys.ts'
import type { Transaction } from './commit-queue.ts'
import type { KeyValue } from './key-value.ts'
import { encode, readRow } from './rows.ts'

/** All blobs in the state "good": their number, and their bytes. */
export interface StoredRow {
  readonly blobs: number
  readonly bytes: number
}

export function readStored(store: Pick<KeyValue, 'get'>): StoredRow {
  return readRow<StoredRow>(store, STORED_KEY) ?? { blobs: 0, bytes: 0 }
}

/** Adds a blob that can be served from now on, or removes one that no longer can. */
export function countStored(transaction: Transaction, blobs: 1 | -1, size: number): void {
  const before = readStored(transaction)
  const after = { blobs: before.blobs + blobs, bytes: before.bytes + blobs * size }
  transaction.put(STORED_KEY, encode(after satisfies StoredRow))
}
