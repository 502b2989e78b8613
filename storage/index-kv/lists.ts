import type { ReferrerRecord, Referrers, Repositories, RepositoryRecord } from '../index/index.ts'
import type { Page, PageRequest } from '../index/page.ts'
import type { Digest } from '../../src/oci/digest.ts'
import type { CommitQueue } from './commit-queue.ts'
import { decode, encode, readPage, readRow, type RepositoryRow, typePart } from './rows.ts'
import type { Entry, KeyValue } from './key-value.ts'
import { lastPart, row, under } from '../keys.ts'
import type { UploadRecord, Uploads } from '../index/uploads.ts'

export class RepositoryIndex implements Repositories {
  readonly #store: KeyValue

  constructor(store: KeyValue) {
    this.#store = store
  }

  async get(name: string): Promise<RepositoryRecord | undefined> {
    const found = readRow<RepositoryRow>(this.#store, 'repository', name)
    return found && { name, ...found }
  }

  list(page: PageRequest, prefix?: string): Promise<Page<RepositoryRecord>> {
    const read = ([key, value]: Entry) => ({
      name: lastPart(key),
      ...decode<RepositoryRow>(value),
    })
    return readPage(this.#store, under('repository'), page, read, prefix)
  }
}

export class ReferrerIndex implements Referrers {
  readonly #store: KeyValue

  constructor(store: KeyValue) {
    this.#store = store
  }

  list(
    repository: string,
    subject: string,
    artifactType: string | undefined,
    page: PageRequest,
  ): Promise<Page<ReferrerRecord>> {
    const parts = [
      'referrer',
      repository,
      subject,
      ...(artifactType === undefined ? [] : [typePart(artifactType)]),
    ]
    const range = under(...parts)
    return readPage(this.#store, range, page, ([key, value]) => ({
      position: key.slice(range.gt.length),
      digest: lastPart(key) as Digest,
      ...decode<Omit<ReferrerRecord, 'position' | 'digest'>>(value),
    }))
  }
}

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
      (transaction) => transaction.put(row('upload', record.id), encode(record)),
      'unsynced',
    )
  }

  delete(id: string): Promise<void> {
    return this.#queue.commit((transaction) => transaction.delete(row('upload', id)), 'unsynced')
  }

  list(page: PageRequest): Promise<Page<UploadRecord>> {
    return readPage(this.#store, under('upload'), page, ([, value]) => decode<UploadRecord>(value))
  }
}
