import type { CommitQueue } from './commit-queue.ts'
import { encode, readRow } from './rows.ts'
import type { KeyValue } from './key-value.ts'
import { rowKey } from '../keys.ts'
import type { Progress } from '../index/progress.ts'

export class ProgressIndex implements Progress {
  readonly #store: KeyValue
  readonly #queue: CommitQueue

  constructor(store: KeyValue, queue: CommitQueue) {
    this.#store = store
    this.#queue = queue
  }

  async get<T extends object>(name: string): Promise<T | undefined> {
    return readRow<T>(this.#store, 'progress', name)
  }

  put(name: string, document: object): Promise<void> {
    return this.#queue.commit(
      (transaction) => transaction.put(rowKey('progress', name), encode(document)),
      'unsynced',
    )
  }
}
