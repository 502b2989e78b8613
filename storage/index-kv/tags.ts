import type { Digest } from '../../src/oci/digest.ts'
import type { CommitQueue, Transaction } from './commit-queue.ts'
import { markUnreferenced } from './unreferenced.ts'
import { type Condition, matches } from '../index/condition.ts'
import type { NewestTag, TagRecord, Tags } from '../index/index.ts'
import type { Page, PageRequest } from '../index/page.ts'
import { count, decode, encode, NOTHING, readPage, readRow, type TagRow } from './rows.ts'
import type { Entry, KeyValue } from './key-value.ts'
import { lastPart, row, sortableTime, under } from '../keys.ts'

export class TagIndex implements Tags {
  readonly #store: KeyValue
  readonly #queue: CommitQueue

  constructor(store: KeyValue, queue: CommitQueue) {
    this.#store = store
    this.#queue = queue
  }

  list(repository: string, page: PageRequest, prefix?: string): Promise<Page<TagRecord>> {
    const read = ([key, value]: Entry) => ({ tag: lastPart(key), ...decode<TagRow>(value) })
    return readPage(this.#store, under('tag', repository), page, read, prefix)
  }

  async listNewest(repository: string, { after, limit }: PageRequest): Promise<Page<NewestTag>> {
    const { gt, lt } = under('pushed', repository)
    const range = { gt, lt: after === undefined ? lt : gt + after }
    const keys = await this.#store.lastKeys(range, limit + 1)
    const entries = keys.slice(0, limit).flatMap((key) => {
      const tag = lastPart(key)
      // A tag that was pushed again or removed since the keys were read is at another place, or none.
      const found = readRow<TagRow>(this.#store, 'tag', repository, tag)
      return found ? [{ tag, ...found, position: key.slice(gt.length) }] : []
    })
    return { entries, more: keys.length > limit }
  }

  listOf(repository: string, digest: Digest, page: PageRequest): Promise<Page<string>> {
    return readPage(this.#store, under('tagged', repository, digest), page, ([key]) =>
      lastPart(key),
    )
  }

  delete(
    repository: string,
    tag: string,
    time: number,
    condition: Condition = {},
  ): Promise<boolean | 'precondition-failed'> {
    return this.#queue.commit((transaction) => {
      const found = readRow<TagRow>(transaction, 'tag', repository, tag)
      if (found && !matches(condition, found.digest)) return 'precondition-failed'
      return removeTag(transaction, repository, tag, time)
    })
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
  markUnreferenced(transaction, repository, digest, time)
}
