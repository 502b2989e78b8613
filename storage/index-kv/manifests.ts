import { algorithmOf, type Digest, digestOf, isDigest } from '../../src/oci/digest.ts'
import type { ManifestReference } from '../../src/oci/manifest.ts'
import type { CommitQueue, Transaction } from './commit-queue.ts'
import { markUnreferenced } from './unreferenced.ts'
import { fixedTagOf, referrerRow, removeManifest, tagsOf } from './manifest-removal.ts'
import type {
  ListedManifest,
  ManifestPut,
  ManifestPutOutcome,
  ManifestRecord,
  Manifests,
} from '../index/index.ts'
import {
  type BlobRow,
  count,
  decode,
  encode,
  type ManifestRow,
  NOTHING,
  readPage,
  readRow,
  type TagRow,
} from './rows.ts'
import { matches } from '../index/condition.ts'
import { pointTag, removeTag } from './tags.ts'
import type { KeyValue } from './key-value.ts'
import type { Page, PageRequest } from '../index/page.ts'
import type { RowCache } from './row-cache.ts'
import { row, under } from '../keys.ts'

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
      : this.#rows.read<TagRow>(row('tag', repository, reference), decode)?.digest
    if (digest === undefined) return undefined
    const found = this.#rows.read(row('manifest', repository, digest), (bytes) => {
      const { state, ...record } = decode<ManifestRow>(bytes)
      return { state, record: { digest, ...record } }
    })
    return found?.state === undefined ? found?.record : undefined
  }

  async bytes(repository: string, digest: Digest): Promise<Uint8Array | undefined> {
    return this.#store.get(row('bytes', repository, digest))
  }

  put(...puts: readonly ManifestPut[]): Promise<ManifestPutOutcome> {
    return this.#queue.commit((transaction) => {
      for (const put of puts) {
        const refusal = refusalOf(transaction, put)
        if (refusal) return refusal
      }
      for (const put of puts) {
        storeManifest(transaction, put)
        for (const tag of put.tags) pointTag(transaction, put.repository, tag, put.digest, put.time)
      }
      return { outcome: 'stored' }
    })
  }

  delete(
    repository: string,
    digest: Digest,
    time: number,
    isFixed: (tag: string) => boolean = () => false,
  ): Promise<boolean | { fixedTag: string }> {
    return this.#queue.commit(async (transaction) => {
      const found = readRow<ManifestRow>(transaction, 'manifest', repository, digest)
      if (found === undefined) return false
      const fixedTag = await fixedTagOf(transaction, repository, digest, isFixed)
      if (fixedTag !== undefined) return { fixedTag }
      const tags = await tagsOf(transaction, repository, digest)
      for (const tag of tags) removeTag(transaction, repository, tag, time)
      await removeManifest(transaction, repository, digest, found, time)
      return true
    })
  }

  touch(repository: string, digest: Digest, time: number): Promise<void> {
    return this.#queue.commit((transaction) => {
      if (transaction.get(row('loose', repository, digest)) !== undefined)
        markUnreferenced(transaction, repository, digest, time)
    }, 'unsynced')
  }

  listAll(page: PageRequest): Promise<Page<ListedManifest>> {
    const range = under('manifest')
    return readPage(this.#store, range, page, ([key, value]) => {
      const position = key.slice(range.gt.length)
      const { state = 'good', size } = decode<ManifestRow>(value)
      const [repository, digest] = position.split('!') as [string, Digest]
      return { position, repository, digest, size, state }
    })
  }

  quarantine(repository: string, digest: Digest): Promise<boolean> {
    return this.#queue.commit((transaction) => {
      const found = readRow<ManifestRow>(transaction, 'manifest', repository, digest)
      // As they are now: since they were found bad the manifest may have been pushed again.
      if (found === undefined || isGood(transaction, repository, digest)) return false
      const changed: ManifestRow = { ...found, state: 'quarantined' }
      transaction.put(row('manifest', repository, digest), encode(changed))
      return true
    })
  }
}

function isGood(transaction: Transaction, repository: string, digest: Digest): boolean {
  try {
    const bytes = transaction.get(row('bytes', repository, digest))
    return bytes !== undefined && digestOf(bytes, algorithmOf(digest)) === digest
  } catch {
    return false
  }
}

function refusalOf(transaction: Transaction, put: ManifestPut): ManifestPutOutcome | undefined {
  if (!holds(transaction, put)) return { outcome: 'precondition-failed', digest: put.digest }
  const fixed = put.fixedTags?.find((tag) => pointsElsewhere(transaction, put, tag))
  if (fixed !== undefined) return { outcome: 'fixed-tag', tag: fixed }
  return checkReferences(transaction, put)
}

function pointsElsewhere(
  transaction: Transaction,
  { repository, digest }: ManifestPut,
  tag: string,
): boolean {
  const current = readRow<TagRow>(transaction, 'tag', repository, tag)
  return current !== undefined && current.digest !== digest
}

function holds(
  transaction: Transaction,
  { repository, condition, conditionOn, digest }: ManifestPut,
): boolean {
  if (condition === undefined) return true
  const on = conditionOn ?? digest
  const current = isDigest(on)
    ? readGood(transaction, repository, on) && on
    : readRow<TagRow>(transaction, 'tag', repository, on)?.digest
  return matches(condition, current)
}

function checkReferences(
  transaction: Transaction,
  { repository, manifest, requireReferences }: ManifestPut,
): ManifestPutOutcome | undefined {
  const missing = new Set<string>()
  for (const reference of manifest.references) {
    const { digest, size: expected } = reference
    const actual = sizeOf(transaction, repository, reference)
    if (actual === undefined) {
      if (reference.required && requireReferences) missing.add(digest)
    } else if (actual !== expected) {
      return { outcome: 'wrong-size', digest, expected, actual }
    }
  }
  return missing.size > 0 ? { outcome: 'missing', digests: [...missing] } : undefined
}

/** A child of an index may also be a blob: build caches list their layers in an index. */
function sizeOf(
  transaction: Transaction,
  repository: string,
  { digest, kind }: ManifestReference,
): number | undefined {
  const child = kind === 'manifest' ? readGood(transaction, repository, digest) : undefined
  if (child) return child.size
  if (transaction.get(row('link', repository, digest)) === undefined) return undefined
  const blob = readRow<BlobRow>(transaction, 'blob', digest)
  return blob?.state === 'good' ? blob.size : undefined
}

/** The manifest, unless its bytes are known to be bad. */
function readGood(
  transaction: Transaction,
  repository: string,
  digest: string,
): ManifestRow | undefined {
  const found = readRow<ManifestRow>(transaction, 'manifest', repository, digest)
  return found?.state === undefined ? found : undefined
}

function storeManifest(
  transaction: Transaction,
  { repository, digest, bytes, manifest, tags, time }: ManifestPut,
): void {
  const before = readRow<ManifestRow>(transaction, 'manifest', repository, digest)
  const { mediaType, subject, artifactType, annotations } = manifest
  const size = bytes.byteLength
  const record: ManifestRow = {
    mediaType,
    size,
    pushedAt: time,
    ...(subject && { subject: subject.digest }),
    ...(artifactType !== undefined && { artifactType }),
  }
  transaction.put(row('manifest', repository, digest), encode(record))
  // The same bytes sent under another Content-Type may have another artifactType.
  if (before?.subject !== undefined) transaction.delete(referrerRow(repository, digest, before))
  if (record.subject !== undefined) {
    const listed = {
      mediaType,
      size,
      ...(artifactType !== undefined && { artifactType }),
      annotations,
    }
    transaction.put(referrerRow(repository, digest, record), encode(listed))
  }
  // Also where they are known: what went bad on disk is healed by pushing it again.
  transaction.put(row('bytes', repository, digest), bytes)
  if (before === undefined) {
    const named = [...new Set(manifest.references.map((reference) => reference.digest))]
    transaction.put(row('references', repository, digest), encode(named))
    for (const reference of named)
      transaction.put(row('referenced', repository, reference, digest), NOTHING)
  }
  // Also what is there and loose: it was pushed just now.
  const isLoose = before === undefined || transaction.get(row('loose', repository, digest))
  if (tags.length === 0 && isLoose) markUnreferenced(transaction, repository, digest, time)
  count(transaction, repository, time, before ? {} : { manifests: 1, bytes: size }, true)
}
