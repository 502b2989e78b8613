import type { Digest } from '../../src/oci/digest.ts'
import type {
  BlobLink,
  BlobRecord,
  Blobs,
  LinkOutcome,
  ListedBlob,
  UnlinkOutcome,
} from '../index/blobs.ts'
import type { ContentState } from '../index/content-state.ts'
import type { Page, PageRequest } from '../index/page.ts'
import { candidateKey, lastPart, rowKey, under } from '../keys.ts'
import type { CommitQueue, Transaction } from './commit-queue.ts'
import type { KeyValue } from './key-value.ts'
import { countContent, countStored } from './counts.ts'
import type { RowCache } from './row-cache.ts'
import { decode, encode, hasRow, NOTHING, readPage, readRow } from './rows.ts'

export interface BlobRow {
  readonly key: string
  readonly size: number
  readonly state: ContentState
  readonly storedAt: number
}

export interface LinkRow {
  /** The last push or mount. */
  readonly linkedAt: number
  /** A later use while unreferenced, or the loss of a reference. */
  readonly touchedAt?: number
}

/** The last recorded use of a link. */
export function usedAt({ linkedAt, touchedAt = linkedAt }: LinkRow): number {
  return Math.max(linkedAt, touchedAt)
}

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
    if (this.#rows.read(rowKey('link', repository, digest), decode<LinkRow>) === undefined)
      return undefined
    const found = this.#rows.read(rowKey('blob', digest), (bytes) => {
      const { key, size, state } = decode<BlobRow>(bytes)
      return { state, blob: { digest, key, size } }
    })
    return found?.state === 'good' ? found.blob : undefined
  }

  async content(key: string): Promise<Uint8Array | undefined> {
    return this.#store.get(rowKey('content', key))
  }

  link({ repository, digest, saved, upload, facts, time }: BlobLink): Promise<LinkOutcome> {
    return this.#queue.commit((transaction) => {
      const before = readBlob(transaction, digest)
      const isKept = before?.state === 'good'
      if (!isKept) {
        const { key, size, content } = saved
        transaction.put(
          rowKey('blob', digest),
          encode({ key, size, state: 'good', storedAt: time } satisfies BlobRow),
        )
        if (content) transaction.put(rowKey('content', key), content)
        countStored(transaction, 1, size)
      } else if (saved.content === undefined) {
        // The caller removes the bytes right after this; the row is needed if the process ends in
        // between.
        transaction.put(candidateKey('key', time, saved.key, digest), NOTHING)
      }
      const { key, size } = isKept ? before : saved
      addLink(transaction, { repository, digest, size, time })
      if (upload !== undefined) transaction.delete(rowKey('upload', upload))
      const isNew = !isKept || !hasRow(transaction, 'facts', digest)
      if (facts && isNew) transaction.put(rowKey('facts', digest), facts)
      return { blob: { digest, key, size }, ...(isKept && { unusedKey: saved.key }) }
    })
  }

  mount(repository: string, digest: Digest, from: string, time: number): Promise<boolean> {
    return this.#queue.commit((transaction) => {
      if (!hasRow(transaction, 'link', from, digest)) return false
      const found = readBlob(transaction, digest)
      if (found?.state !== 'good') return false
      addLink(transaction, { repository, digest, size: found.size, time })
      return true
    })
  }

  repositories(digest: Digest, page: PageRequest): Promise<Page<string>> {
    return readPage(this.#store, { range: under('linked', digest), page }, ([key]) => lastPart(key))
  }

  unlink(repository: string, digest: Digest, time: number): Promise<UnlinkOutcome> {
    return this.#queue.commit(async (transaction) => {
      const found = readBlob(transaction, digest)
      if (found === undefined || !hasRow(transaction, 'link', repository, digest))
        return { outcome: 'unknown' }
      const [by] = await transaction.keys(under('referenced', repository, digest), 1)
      if (by !== undefined) return { outcome: 'referenced', by: lastPart(by) }
      removeLink(transaction, { repository, digest, size: found.size, time })
      transaction.put(candidateKey('blob', time, digest), NOTHING)
      return { outcome: 'unlinked' }
    })
  }

  async usedAt(repository: string, digest: Digest): Promise<number | undefined> {
    const link = this.#rows.read(rowKey('link', repository, digest), decode<LinkRow>)
    return link && usedAt(link)
  }

  touch(repository: string, digest: Digest, time: number): Promise<boolean> {
    return this.#queue.commit(async (transaction) => {
      const link = readLink(transaction, repository, digest)
      if (link === undefined) return false
      const [manifest] = await transaction.keys(under('referenced', repository, digest), 1)
      if (manifest === undefined)
        transaction.put(rowKey('link', repository, digest), encode({ ...link, touchedAt: time }))
      return true
    }, 'unsynced')
  }

  async locate(digest: Digest): Promise<ListedBlob | undefined> {
    const found = readBlob(this.#store, digest)
    return found && toListed(digest, found)
  }

  listAll(page: PageRequest): Promise<Page<ListedBlob>> {
    return readPage(this.#store, { range: under('blob'), page }, ([key, value]) =>
      toListed(lastPart(key) as Digest, decode<BlobRow>(value)),
    )
  }

  quarantine(digest: Digest, key: string, time: number): Promise<boolean> {
    return this.#queue.commit((transaction) => {
      const found = readBlob(transaction, digest)
      if (found?.key !== key || found.state !== 'good') return false
      transaction.put(
        rowKey('blob', digest),
        encode({ ...found, state: 'quarantined' } satisfies BlobRow),
      )
      countStored(transaction, -1, found.size)
      transaction.put(candidateKey('key', time, key, digest), NOTHING)
      return true
    })
  }
}

export function readBlob(store: Pick<KeyValue, 'get'>, digest: string): BlobRow | undefined {
  return readRow<BlobRow>(store, 'blob', digest)
}

export function readLink(
  transaction: Transaction,
  repository: string,
  digest: string,
): LinkRow | undefined {
  return readRow<LinkRow>(transaction, 'link', repository, digest)
}

interface LinkChange {
  readonly repository: string
  readonly digest: string
  /** Bytes of the blob. */
  readonly size: number
  readonly time: number
}

function addLink(transaction: Transaction, { repository, digest, size, time }: LinkChange): void {
  const isNew = !hasRow(transaction, 'link', repository, digest)
  transaction.put(rowKey('link', repository, digest), encode({ linkedAt: time } satisfies LinkRow))
  if (!isNew) return
  transaction.put(rowKey('linked', digest, repository), NOTHING)
  transaction.put(candidateKey('link', time, repository, digest), NOTHING)
  countContent(transaction, repository, { time, blobs: 1, bytes: size })
}

/** The blob is no longer visible in the repository. */
export function removeLink(transaction: Transaction, link: LinkChange): void {
  const { repository, digest, size, time } = link
  transaction.delete(rowKey('link', repository, digest))
  transaction.delete(rowKey('linked', digest, repository))
  countContent(transaction, repository, { time, blobs: -1, bytes: -size })
}

function toListed(digest: Digest, { key, size, state }: BlobRow): ListedBlob {
  return { digest, key, size, state }
}
