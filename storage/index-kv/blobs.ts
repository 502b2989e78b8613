import type { Digest } from '../../src/oci/digest.ts'
import type { CommitQueue, Transaction } from './commit-queue.ts'
import type {
  BlobEntry,
  BlobLink,
  BlobRecord,
  Blobs,
  LinkOutcome,
  UnlinkOutcome,
} from '../index/index.ts'
import type { Page, PageRequest } from '../index/page.ts'
import {
  type BlobRow,
  count,
  countStored,
  decode,
  encode,
  foundAt,
  type LinkRow,
  NOTHING,
  readPage,
  readRow,
} from './rows.ts'
import type { KeyValue } from './key-value.ts'
import type { RowCache } from './row-cache.ts'
import { candidateRow, lastPart, row, under } from '../keys.ts'

export class BlobIndex implements Blobs {
  readonly #store: KeyValue
  readonly #rows: RowCache
  readonly #queue: CommitQueue

  constructor(store: KeyValue, rows: RowCache, queue: CommitQueue) {
    this.#store = store
    this.#rows = rows
    this.#queue = queue
  }

  async get(repository: string, digest: Digest): Promise<BlobRecord | undefined> {
    if (this.#rows.read(row('link', repository, digest), decode<LinkRow>) === undefined)
      return undefined
    const found = this.#rows.read(row('blob', digest), (bytes) => {
      const { key, size, state } = decode<BlobRow>(bytes)
      return { state, blob: { digest, key, size } }
    })
    return found?.state === 'good' ? found.blob : undefined
  }

  async content(key: string): Promise<Uint8Array | undefined> {
    return this.#store.get(row('content', key))
  }

  link({ repository, digest, stored, upload, facts, time }: BlobLink): Promise<LinkOutcome> {
    return this.#queue.commit((transaction) => {
      const before = readRow<BlobRow>(transaction, 'blob', digest)
      const kept = before?.state === 'good'
      if (!kept) {
        const { key, size, content } = stored
        transaction.put(
          row('blob', digest),
          encode({ key, size, state: 'good', storedAt: time } satisfies BlobRow),
        )
        if (content) transaction.put(row('content', key), content)
        countStored(transaction, 1, size)
      } else if (stored.content === undefined) {
        // The bytes are removed right after this; the row is for the case that the process ends in between.
        transaction.put(candidateRow('key', time, stored.key, digest), NOTHING)
      }
      const { key, size } = kept ? before : stored
      addLink(transaction, repository, digest, size, time)
      if (upload !== undefined) transaction.delete(row('upload', upload))
      const isNews = !kept || transaction.get(row('facts', digest)) === undefined
      if (facts && isNews) transaction.put(row('facts', digest), facts)
      return { blob: { digest, key, size }, ...(kept && { unusedKey: stored.key }) }
    })
  }

  mount(repository: string, digest: Digest, from: string, time: number): Promise<boolean> {
    return this.#queue.commit((transaction) => {
      if (transaction.get(row('link', from, digest)) === undefined) return false
      const found = readRow<BlobRow>(transaction, 'blob', digest)
      if (found?.state !== 'good') return false
      addLink(transaction, repository, digest, found.size, time)
      return true
    })
  }

  repositories(digest: Digest, page: PageRequest): Promise<Page<string>> {
    return readPage(this.#store, under('linked', digest), page, ([key]) => lastPart(key))
  }

  unlink(repository: string, digest: Digest, time: number): Promise<UnlinkOutcome> {
    return this.#queue.commit(async (transaction) => {
      const found = readRow<BlobRow>(transaction, 'blob', digest)
      if (found === undefined || transaction.get(row('link', repository, digest)) === undefined) {
        return { outcome: 'unknown' }
      }
      const [by] = await transaction.keys(under('referenced', repository, digest), 1)
      if (by !== undefined) return { outcome: 'referenced', by: lastPart(by) }
      transaction.delete(row('link', repository, digest))
      transaction.delete(row('linked', digest, repository))
      transaction.put(candidateRow('blob', time, digest), NOTHING)
      count(transaction, repository, time, { blobs: -1, bytes: -found.size })
      return { outcome: 'unlinked' }
    })
  }

  async foundAt(repository: string, digest: Digest): Promise<number | undefined> {
    const link = this.#rows.read(row('link', repository, digest), decode<LinkRow>)
    return link && foundAt(link)
  }

  touch(repository: string, digest: Digest, time: number): Promise<boolean> {
    return this.#queue.commit(async (transaction) => {
      const link = readRow<LinkRow>(transaction, 'link', repository, digest)
      if (link === undefined) return false
      const [manifest] = await transaction.keys(under('referenced', repository, digest), 1)
      if (manifest === undefined)
        transaction.put(row('link', repository, digest), encode({ ...link, touchedAt: time }))
      return true
    }, 'unsynced')
  }

  async entry(digest: Digest): Promise<BlobEntry | undefined> {
    const found = readRow<BlobRow>(this.#store, 'blob', digest)
    return found && toEntry(digest, found)
  }

  entries(page: PageRequest): Promise<Page<BlobEntry>> {
    return readPage(this.#store, under('blob'), page, ([key, value]) =>
      toEntry(lastPart(key) as Digest, decode<BlobRow>(value)),
    )
  }

  quarantine(digest: Digest, key: string, time: number): Promise<boolean> {
    return this.#queue.commit((transaction) => {
      const found = readRow<BlobRow>(transaction, 'blob', digest)
      if (found?.key !== key || found.state !== 'good') return false
      transaction.put(
        row('blob', digest),
        encode({ ...found, state: 'quarantined' } satisfies BlobRow),
      )
      countStored(transaction, -1, found.size)
      transaction.put(candidateRow('key', time, key, digest), NOTHING)
      return true
    })
  }
}

function toEntry(digest: Digest, { key, size, state }: BlobRow): BlobEntry {
  return { digest, key, size, state }
}

function addLink(
  transaction: Transaction,
  repository: string,
  digest: Digest,
  size: number,
  time: number,
): void {
  const isNew = transaction.get(row('link', repository, digest)) === undefined
  transaction.put(row('link', repository, digest), encode({ linkedAt: time } satisfies LinkRow))
  if (!isNew) return
  transaction.put(row('linked', digest, repository), NOTHING)
  transaction.put(candidateRow('link', time, repository, digest), NOTHING)
  count(transaction, repository, time, { blobs: 1, bytes: size })
}
