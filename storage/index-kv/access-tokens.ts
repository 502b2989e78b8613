import type { CommitQueue } from './commit-queue.ts'
import type { AccessTokenRecord, AccessTokens } from '../index/access-tokens.ts'
import type { Page, PageRequest } from '../index/page.ts'
import { decode, encode, readPage, readRow } from './rows.ts'
import type { KeyValue } from './key-value.ts'
import { row, under } from '../keys.ts'
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
    return this.#rows.read(row('token', id), decode<AccessTokenRecord>)
  }

  put(record: AccessTokenRecord): Promise<void> {
    return this.#queue.commit((transaction) =>
      transaction.put(row('token', record.id), encode(record)),
    )
  }

  delete(id: string): Promise<boolean> {
    return this.#queue.commit((transaction) => {
      const known = transaction.get(row('token', id)) !== undefined
      if (known) transaction.delete(row('token', id))
      return known
    })
  }

  list(page: PageRequest): Promise<Page<AccessTokenRecord>> {
    return readPage(this.#store, under('token'), page, ([, value]) =>
      decode<AccessTokenRecord>(value),
    )
  }

  touch(id: string, time: number): Promise<void> {
    return this.#queue.commit((transaction) => {
      const found = readRow<AccessTokenRecord>(transaction, 'token', id)
      if (found) transaction.put(row('token', id), encode({ ...found, lastUsedAt: time }))
    }, 'unsynced')
  }
}
