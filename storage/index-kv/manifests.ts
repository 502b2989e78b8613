import { algorithmOf, type Digest, digestOf, isDigest } from '../../src/oci/digest.ts'
import type {
  ListedManifest,
  ManifestPut,
  ManifestPutOutcome,
  ManifestRecord,
  Manifests,
} from '../index/manifests.ts'
import type { Page, PageRequest } from '../index/page.ts'
import { lastPart, rowKey, under } from '../keys.ts'
import type { CommitQueue, Transaction } from './commit-queue.ts'
import type { KeyValue } from './key-value.ts'
import { refusalOf } from './manifest-checks.ts'
import {
  type ManifestRow,
  readManifestRow,
  removeManifest,
  storeManifest,
} from './manifest-rows.ts'
import { listedType } from './referrers.ts'
import type { RowCache } from './row-cache.ts'
import { ALL, decode, encode, readPage } from './rows.ts'
import { pointTag, removeTag, type TagRow, tagsOf } from './tags.ts'
import { isUnreferenced, markUnreferenced } from './unreferenced.ts'

export class ManifestIndex implements Manifests {
  readonly #store: KeyValue
  readonly #rows: RowCache
  readonly #queue: CommitQueue

  constructor(store: KeyValue, rows: RowCache, queue: CommitQueue) {
    this.#store = store
    this.#rows = rows
    this.#queue = queue
  }

  async get(repository: string, reference: string): Promise<ManifestRecord | undefined> {
    const digest = isDigest(reference)
      ? reference
      : this.#rows.read<TagRow>(rowKey('tag', repository, reference), decode)?.digest
    if (digest === undefined) return undefined
    const found = this.#rows.read(rowKey('manifest', repository, digest), (bytes) => {
      const { state, artifactType, ...record } = decode<ManifestRow>(bytes)
      return { state, record: { digest, ...record, ...listedType(artifactType) } }
    })
    return found?.state === undefined ? found?.record : undefined
  }

  async bytes(repository: string, digest: Digest): Promise<Uint8Array | undefined> {
    return this.#store.get(rowKey('bytes', repository, digest))
  }

  put(...puts: readonly ManifestPut[]): Promise<ManifestPutOutcome> {
    return this.#queue.commit((transaction) => {
      for (const put of puts) {
        const refusal = refusalOf(transaction, put)
        if (refusal) return refusal
      }
      for (const put of puts) {
        storeManifest(transaction, put)
        for (const tag of put.tags) pointTag(transaction, { ...put, tag })
      }
      return { outcome: 'stored' }
    })
  }

  async delete(
    repository: string,
    digest: Digest,
    time: number,
    isImmutable?: (tag: string) => boolean,
  ): Promise<boolean | { immutableTag: string }> {
    const protecting = (store: Pick<KeyValue, 'keys'>) =>
      isImmutable && immutableTagOf(store, repository, digest, isImmutable)
    // A manifest may have thousands of parents: a refusal does not let other writes wait.
    const isThere = readManifestRow(this.#store, repository, digest) !== undefined
    const refusing = isThere ? await protecting(this.#store) : undefined
    if (refusing !== undefined) return { immutableTag: refusing }
    return this.#queue.commit(async (transaction) => {
      const found = readManifestRow(transaction, repository, digest)
      if (found === undefined) return false
      const immutableTag = await protecting(transaction)
      if (immutableTag !== undefined) return { immutableTag }
      const tags = await tagsOf(transaction, repository, digest)
      for (const tag of tags) removeTag(transaction, repository, tag, time)
      await removeManifest(transaction, { repository, digest, time }, found)
      return true
    })
  }

  touch(repository: string, digest: Digest, time: number): Promise<void> {
    return this.#queue.commit((transaction) => {
      if (isUnreferenced(transaction, repository, digest))
        markUnreferenced(transaction, repository, digest, time)
    }, 'unsynced')
  }

  listAll(page: PageRequest): Promise<Page<ListedManifest>> {
    const range = under('manifest')
    return readPage(this.#store, { range, page }, ([key, value]) => {
      const position = key.slice(range.gt.length)
      const { state = 'good', size } = decode<ManifestRow>(value)
      const [repository, digest] = position.split('!') as [string, Digest]
      return { position, repository, digest, size, state }
    })
  }

  quarantine(repository: string, digest: Digest): Promise<boolean> {
    return this.#queue.commit((transaction) => {
      const found = readManifestRow(transaction, repository, digest)
      // The manifest may have been pushed again since the caller read damaged bytes.
      if (found === undefined || isGood(transaction, repository, digest)) return false
      const changed: ManifestRow = { ...found, state: 'quarantined' }
      transaction.put(rowKey('manifest', repository, digest), encode(changed))
      return true
    })
  }
}

function isGood(transaction: Transaction, repository: string, digest: Digest): boolean {
  try {
    const bytes = transaction.get(rowKey('bytes', repository, digest))
    return bytes !== undefined && digestOf(bytes, algorithmOf(digest)) === digest
  } catch {
    return false
  }
}

/**
 * An immutable tag that points at the manifest, or at an index that includes it: the content of an
 * immutable tag stays complete.
 */
async function immutableTagOf(
  store: Pick<KeyValue, 'keys'>,
  repository: string,
  digest: string,
  isImmutable: (tag: string) => boolean,
): Promise<string | undefined> {
  // The set grows during the iteration, by the manifests that refer to its members.
  const affected = new Set([digest])
  for (const member of affected) {
    const immutable = (await tagsOf(store, repository, member)).find(isImmutable)
    if (immutable !== undefined) return immutable
    for (const key of await store.keys(under('referenced', repository, member), ALL))
      affected.add(lastPart(key))
  }
  return undefined
}
