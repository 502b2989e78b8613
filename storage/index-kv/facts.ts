import type { Digest } from '../../src/oci/digest.ts'
import type { Facts } from '../index/facts.ts'
import { rowKey } from '../keys.ts'
import type { CommitQueue } from './commit-queue.ts'
import type { KeyValue } from './key-value.ts'
import { hasRow } from './rows.ts'

/** Not in the row cache: a document may have 256 KiB, and is rarely read. */
export class FactIndex implements Facts {
  readonly #store: KeyValue
  readonly #queue: CommitQueue

  constructor(store: KeyValue, queue: CommitQueue) {
    this.#store = store
    this.#queue = queue
  }

  async get(digest: Digest): Promise<Uint8Array | undefined> {
    return this.#store.get(rowKey('facts', digest))
  }

  put(digest: Digest, facts: Uint8Array): Promise<void> {
    return this.#queue.commit((transaction) => {
      if (!hasRow(transaction, 'blob', digest)) return
      transaction.put(rowKey('facts', digest), facts)
    }, 'unsynced')
  }
}
