import { rowKey, STORED_KEY } from '../keys.ts'
import type { Transaction } from './commit-queue.ts'
import type { KeyValue } from './key-value.ts'
import type { RepositoryRow } from './repositories.ts'
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

const EMPTY = { manifests: 0, tags: 0, blobs: 0, bytes: 0 }

/** The changes of an operation to the counts of a repository; negative numbers are removals. */
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
