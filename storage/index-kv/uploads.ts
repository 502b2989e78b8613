import type { Page, PageRequest } from '../index/page.ts'
import type { UploadRecord, Uploads } from '../index/uploads.ts'
import { rowKey, under } from '../keys.ts'
import type { CommitQueue } from './commit-queue.ts'
import type { KeyValue } from './key-value.ts'
import { decode, encode, readPage, readRow } from './rows.ts'

export class UploadIndex implements Uploads {
  readonly #store: KeyValue
  readonly #queue: CommitQueue

  constructor(store: KeyValue, queue: CommitQueue) {
    this.#store = store
    this.#queue = queue
  }

  async get(id: string): Promise<UploadRecord | undefined> {
    return readRow<UploadRecord>(this.#store, 'upload', id)
  }

  put(record: UploadRecord): Promise<void> {
    return this.#queue.commit(
      (transaction) => transaction.put(rowKey('upload', record.id), encode(record)),
      'unsynced',
    )
  }

  delete(id: string): Promise<void> {
    return this.#queue.commit((transaction) => transaction.delete(rowKey('upload', id)), 'unsynced')
  }

  list(page: PageRequest): Promise<Page<UploadRecord>> {
    return readPage(this.#store, { range: under('upload'), page }, ([, value]) =>
      decode<UploadRecord>(value),
    )
  }
}
