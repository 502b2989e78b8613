import { type Digest, isDigest } from '../src/oci/digest.ts'
import type { ManifestReference } from '../src/oci/manifest.ts'
import type { CommitQueue, Transaction } from './commit-queue.ts'
import type {
  Condition,
  ManifestPut,
  ManifestPutOutcome,
  ManifestRecord,
  Manifests,
} from './index.ts'
import {
  ALL,
  type BlobRow,
  count,
  decode,
  encode,
  type ManifestRow,
  NOTHING,
  readRow,
  type TagRow,
  typePart,
} from './index-rows.ts'
import { pointTag, removeTag } from './index-tags.ts'
import type { KeyValue } from './key-value.ts'
import type { RowCache } from './row-cache.ts'
import { candidateRow, lastPart, row, under } from './keys.ts'

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
    return this.#rows.read(row('manifest', repository, digest), (bytes) => ({
      digest,
      ...decode<ManifestRow>(bytes),
    }))
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
      const tags = (await transaction.keys(under('tagged', repository, digest), ALL)).map(lastPart)
      const fixedTag = tags.find(isFixed)
      if (fixedTag !== undefined) return { fixedTag }
      for (const tag of tags) removeTag(transaction, repository, tag, time)
      // Referrers of a manifest that is gone may be of no more use.
      for (const key of await transaction.keys(under('referrer', repository, digest), ALL)) {
        transaction.put(candidateRow(time, 'manifest', repository, lastPart(key)), NOTHING)
      }
      forgetReferences(transaction, repository, digest, time)
      if (found.subject !== undefined) transaction.delete(referrerRow(repository, digest, found))
      for (const kind of ['manifest', 'bytes', 'references'])
        transaction.delete(row(kind, repository, digest))
      count(transaction, repository, time, { manifests: -1, bytes: -found.size })
      return true
    })
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
    ? transaction.get(row('manifest', repository, on)) && on
    : readRow<TagRow>(transaction, 'tag', repository, on)?.digest
  return matches(condition, current)
}

/** RFC 9110, sections 13.1.1 and 13.1.2, for a write. */
function matches({ match, noneMatch }: Condition, current: string | undefined): boolean {
  const among = (tags: readonly string[] | '*') =>
    current !== undefined && (tags === '*' || tags.includes(current))
  return (match === undefined || among(match)) && (noneMatch === undefined || !among(noneMatch))
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
  const child =
    kind === 'manifest'
      ? readRow<ManifestRow>(transaction, 'manifest', repository, digest)
      : undefined
  if (child) return child.size
  if (transaction.get(row('link', repository, digest)) === undefined) return undefined
  const blob = readRow<BlobRow>(transaction, 'blob', digest)
  return blob?.state === 'good' ? blob.size : undefined
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
    if (tags.length === 0)
      transaction.put(candidateRow(time, 'manifest', repository, digest), NOTHING)
  }
  count(transaction, repository, time, before ? {} : { manifests: 1, bytes: size }, true)
}

function forgetReferences(
  transaction: Transaction,
  repository: string,
  digest: Digest,
  time: number,
): void {
  for (const reference of decode<string[]>(
    transaction.get(row('references', repository, digest))!,
  )) {
    transaction.delete(row('referenced', repository, reference, digest))
    for (const kind of ['link', 'manifest'] as const) {
      if (transaction.get(row(kind, repository, reference)) === undefined) continue
      transaction.put(candidateRow(time, kind, repository, reference), NOTHING)
    }
  }
}

function referrerRow(
  repository: string,
  digest: Digest,
  { subject, artifactType }: ManifestRow,
): string {
  return row('referrer', repository, subject!, typePart(artifactType), digest)
}
