import type { Digest } from '../src/oci/digest.ts'
import type { CommitQueue, Transaction } from './commit-queue.ts'
import type { TagRecord, Tags } from './index.ts'
import type { Page, PageRequest } from './page.ts'
import { count, decode, encode, NOTHING, readPage, readRow, type TagRow } from './index-rows.ts'
import type { KeyValue } from './key-value.ts'
import { candidateRow, lastPart, row, sortableTime, under } from './keys.ts'

export class TagIndex implements Tags {
  readonly #store: KeyValue
  readonly #queue: CommitQueue

  constructor(store: KeyValue, queue: CommitQueue) {
    this.#store = store
    this.#queue = queue
  }

  list(repository: string, page: PageRequest): Promise<Page<TagRecord>> {
    return readPage(this.#store, under('tag', repository), page, ([key, value]) => ({
      tag: lastPart(key),
      ...decode<TagRow>(value),
    }))
  }

  delete(repository: string, tag: string, time: number): Promise<boolean> {
    return this.#queue.commit((transaction) => removeTag(transaction, repository, tag, time))
  }
}

/** Makes the tag point at the manifest, with every row that goes with it. */
export function pointTag(
  transaction: Transaction,
  repository: string,
  tag: string,
  digest: Digest,
  time: number,
): void {
  const before = readRow<TagRow>(transaction, 'tag', repository, tag)
  if (before) {
    transaction.delete(row('pushed', repository, sortableTime(before.pushedAt), tag))
    if (before.digest !== digest) leave(transaction, repository, tag, before.digest, time)
  }
  transaction.put(row('tag', repository, tag), encode({ digest, pushedAt: time } satisfies TagRow))
  transaction.put(row('pushed', repository, sortableTime(time), tag), NOTHING)
  transaction.put(row('tagged', repository, digest, tag), NOTHING)
  count(transaction, repository, time, before ? {} : { tags: 1 }, true)
}

/** Removes the tag with every row that goes with it; false if there is none. */
export function removeTag(
  transaction: Transaction,
  repository: string,
  tag: string,
  time: number,
): boolean {
  const before = readRow<TagRow>(transaction, 'tag', repository, tag)
  if (before === undefined) return false
  transaction.delete(row('tag', repository, tag))
  transaction.delete(row('pushed', repository, sortableTime(before.pushedAt), tag))
  leave(transaction, repository, tag, before.digest, time)
  count(transaction, repository, time, { tags: -1 })
  return true
}

function leave(
  transaction: Transaction,
  repository: string,
  tag: string,
  digest: Digest,
  time: number,
): void {
  transaction.delete(row('tagged', repository, digest, tag))
  transaction.put(candidateRow(time, 'manifest', repository, digest), NOTHING)
}
