import type { Digest } from '../../src/oci/digest.ts'
import type { CommitQueue } from './commit-queue.ts'
import type { Facts } from '../index/facts.ts'
import type { KeyValue } from './key-value.ts'
import { row } from '../keys.ts'

/** Not among the rows in memory: a document may have 256 KiB, and is asked for seldom. */
export class FactIndex implements Facts {
  readonly #store: KeyValue
  readonly #queue: CommitQueue

  constructor(store: KeyValue, queue: CommitQueue) {
    this.#store = store
    this.#queue = queue
  }

  async get(digest: Digest): Promise<Uint8Array | undefined> {
    return this.#store.get(row('facts', digest))
  }

  put(digest: Digest, facts: Uint8Array): Promise<void> {
    return this.#queue.commit((transaction) => {
      if (transaction.get(row('blob', digest)) === undefined) return
      transaction.put(row('facts', digest), facts)
    }, 'unsynced')
  }
}
