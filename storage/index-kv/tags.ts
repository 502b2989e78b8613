import type { Digest } from '../../src/oci/digest.ts'
import { type Condition, matches } from '../index/condition.ts'
import type { Page, PageRequest } from '../index/page.ts'
import type { NewestTag, TagRecord, Tags } from '../index/tags.ts'
import { lastPart, rowKey, sortableTime, under } from '../keys.ts'
import type { CommitQueue, Transaction } from './commit-queue.ts'
import type { Entry, KeyValue } from './key-value.ts'
import { countContent } from './counts.ts'
import { ALL, decode, encode, NOTHING, readPage, readRow } from './rows.ts'
import { markUnreferenced } from './unreferenced.ts'

export type TagRow = Omit<TagRecord, 'tag'>

export class TagIndex implements Tags {
  readonly #store: KeyValue
  readonly #queue: CommitQueue

  constructor(store: KeyValue, queue: CommitQueue) {
    this.#store = store
    this.#queue = queue
  }

  list(repository: string, page: PageRequest, prefix?: string): Promise<Page<TagRecord>> {
    const read = ([key, value]: Entry) => ({ tag: lastPart(key), ...decode<TagRow>(value) })
    return readPage(this.#store, { range: under('tag', repository), page, prefix }, read)
  }

  async listNewest(repository: string, { after, limit }: PageRequest): Promise<Page<NewestTag>> {
    const { gt, lt } = under('pushed', repository)
    const range = { gt, lt: after === undefined ? lt : gt + after }
    const keys = await this.#store.lastKeys(range, limit + 1)
    const entries = keys.slice(0, limit).flatMap((key) => {
      const tag = lastPart(key)
      // The tag may have been moved or deleted since the keys were read.
      const found = readRow<TagRow>(this.#store, 'tag', repository, tag)
      return found ? [{ tag, ...found, position: key.slice(gt.length) }] : []
    })
    return { entries, more: keys.length > limit }
  }

  listOf(repository: string, digest: Digest, page: PageRequest): Promise<Page<string>> {
    const range = under('tagged', repository, digest)
    return readPage(this.#store, { range, page }, ([key]) => lastPart(key))
  }

  delete(
    repository: string,
    tag: string,
    time: number,
    condition: Condition = {},
  ): Promise<boolean | 'precondition-failed'> {
    return this.#queue.commit((transaction) => {
      const found = readTag(transaction, repository, tag)
      if (found && !matches(condition, found.digest)) return 'precondition-failed'
      return removeTag(transaction, repository, tag, time)
    })
  }
}

export function readTag(
  store: Pick<KeyValue, 'get'>,
  repository: string,
  tag: string,
): TagRow | undefined {
  return readRow<TagRow>(store, 'tag', repository, tag)
}

/** The tags that point at a manifest. */
export async function tagsOf(
  store: Pick<KeyValue, 'keys'>,
  repository: string,
  digest: string,
): Promise<string[]> {
  return (await store.keys(under('tagged', repository, digest), ALL)).map(lastPart)
}

interface TagWrite {
  readonly repository: string
  readonly tag: string
  readonly digest: Digest
  readonly time: number
}

/** Creates or moves a tag, with all its rows. */
export function pointTag(
  transaction: Transaction,
  { repository, tag, digest, time }: TagWrite,
): void {
  const before = readTag(transaction, repository, tag)
  if (before) {
    transaction.delete(rowKey('pushed', repository, sortableTime(before.pushedAt), tag))
    if (before.digest !== digest)
      untag(transaction, { repository, tag, digest: before.digest, time })
  }
  transaction.put(
    rowKey('tag', repository, tag),
    encode({ digest, pushedAt: time } satisfies TagRow),
  )
  transaction.put(rowKey('pushed', repository, sortableTime(time), tag), NOTHING)
  transaction.put(rowKey('tagged', repository, digest, tag), NOTHING)
  countContent(transaction, repository, { time, isPush: true, tags: before ? 0 : 1 })
}

/** Removes a tag with all its rows; false if there is no such tag. */
export function removeTag(
  transaction: Transaction,
  repository: string,
  tag: string,
  time: number,
): boolean {
  const before = readTag(transaction, repository, tag)
  if (before === undefined) return false
  transaction.delete(rowKey('tag', repository, tag))
  transaction.delete(rowKey('pushed', repository, sortableTime(before.pushedAt), tag))
  untag(transaction, { repository, tag, digest: before.digest, time })
  countContent(transaction, repository, { time, tags: -1 })
  return true
}

/** The tag no longer points at the manifest. */
function untag(transaction: Transaction, { repository, tag, digest, time }: TagWrite): void {
  transaction.delete(rowKey('tagged', repository, digest, tag))
  markUnreferenced(transaction, repository, digest, time)
}
