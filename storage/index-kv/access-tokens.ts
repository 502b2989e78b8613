import type { CommitQueue } from './commit-queue.ts'
import type { AccessTokenRecord, AccessTokens } from '../index/access-tokens.ts'
import type { Page, PageRequest } from '../index/page.ts'
import { decode, encode, hasRow, readPage, readRow } from './rows.ts'
import type { KeyValue } from './key-value.ts'
import { rowKey, under } from '../keys.ts'
import type { RowCache } from './row-cache.ts'

export class AccessTokenIndex implements AccessTokens {
  readonly #store: KeyValue
  readonly #rows: RowCache
  readonly #queue: CommitQueue

  constructor(store: KeyValue, rows: RowCache, queue: CommitQueue) {
    this.#store = store
    this.#rows = rows
    this.#queue = queue
  }

  async get(id: string): Promise<AccessTokenRecord | undefined> {
    return this.#rows.read(rowKey('token', id), decode<AccessTokenRecord>)
  }

  put(record: AccessTokenRecord): Promise<void> {
    return this.#queue.commit((transaction) =>
      transaction.put(rowKey('token', record.id), encode(record)),
    )
  }

  delete(id: string): Promise<boolean> {
    return this.#queue.commit((transaction) => {
      const isKnown = hasRow(transaction, 'token', id)
      if (isKnown) transaction.delete(rowKey('token', id))
      return isKnown
    })
  }

  list(page: PageRequest): Promise<Page<AccessTokenRecord>> {
    return readPage(this.#store, { range: under('token'), page }, ([, value]) =>
      decode<AccessTokenRecord>(value),
    )
  }

  touch(id: string, time: number): Promise<void> {
    return this.#queue.commit((transaction) => {
      const found = readRow<AccessTokenRecord>(transaction, 'token', id)
      if (found) transaction.put(rowKey('token', id), encode({ ...found, lastUsedAt: time }))
    }, 'unsynced')
  }
}
