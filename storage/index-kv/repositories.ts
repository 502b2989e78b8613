import type { Page, PageRequest } from '../index/page.ts'
import type { Repositories, RepositoryRecord } from '../index/repositories.ts'
import { lastPart, rowKey, under } from '../keys.ts'
import type { Transaction } from './commit-queue.ts'
import type { Entry, KeyValue } from './key-value.ts'
import { decode, encode, readPage, readRow } from './rows.ts'

export type RepositoryRow = Omit<RepositoryRecord, 'name'>

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
    return readPage(this.#store, { range: under('repository'), page, prefix }, read)
  }
}

const EMPTY = { manifests: 0, tags: 0, blobs: 0, bytes: 0 }

/** What an operation adds to a repository, or removes from it (negative numbers). */
export interface ContentChange extends Partial<typeof EMPTY> {
  readonly time: number
  /** Whether a manifest or tag was pushed. */
  readonly isPush?: boolean
}

/**
 * Updates the counts of a repository in the batch that changes its content. The first content
 * creates the repository, and it is deleted with its last content.
 */
export function countContent(transaction: Transaction, name: string, change: ContentChange): void {
  const { time, isPush = false, manifests = 0, tags = 0, blobs = 0, bytes = 0 } = change
  const before = readRow<RepositoryRow>(transaction, 'repository', name) ?? {
    createdAt: time,
    pushedAt: time,
    ...EMPTY,
  }
  const after: RepositoryRow = {
    createdAt: before.createdAt,
    pushedAt: isPush ? time : before.pushedAt,
    manifests: before.manifests + manifests,
    tags: before.tags + tags,
    blobs: before.blobs + blobs,
    bytes: before.bytes + bytes,
  }
  if (after.manifests + after.blobs === 0) transaction.delete(rowKey('repository', name))
  else transaction.put(rowKey('repository', name), encode(after))
}
