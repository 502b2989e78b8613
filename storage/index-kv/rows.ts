import type { Digest } from '../../src/oci/digest.ts'
import { digestOf } from '../../src/oci/digest.ts'
import { RegistryError } from '../../src/oci/errors.ts'
import type { Transaction } from './commit-queue.ts'
import type { RepositoryRecord } from '../index/index.ts'
import type { Page, PageRequest } from '../index/page.ts'
import type { Entry, KeyRange, KeyValue } from './key-value.ts'
import { beginning, row, STORED_KEY } from '../keys.ts'

/** Rows as they are kept: JSON, without what their key says already. */
export interface ManifestRow {
  readonly mediaType: string
  readonly size: number
  readonly pushedAt: number
  readonly subject?: string
  readonly artifactType?: string
  /** Its bytes were found bad: it is not there until it is pushed again. */
  readonly state?: 'quarantined'
}

export interface TagRow {
  readonly digest: Digest
  readonly pushedAt: number
}

export interface BlobRow {
  readonly key: string
  readonly size: number
  readonly state: 'good' | 'quarantined'
  readonly storedAt: number
}

export interface LinkRow {
  /** The last push or mount. */
  readonly linkedAt: number
  /** When somebody found it unreferenced, or it became so, after that. */
  readonly touchedAt?: number
}

/** Up to when the link was in somebody's hands, as far as it is noted. */
export function foundAt({ linkedAt, touchedAt = linkedAt }: LinkRow): number {
  return Math.max(linkedAt, touchedAt)
}

export type RepositoryRow = Omit<RepositoryRecord, 'name'>

/** The value of rows that say everything with their key. */
export const NOTHING: Uint8Array = new Uint8Array(0)
/** For ranges that an operation must see whole. */
export const ALL: number = Number.POSITIVE_INFINITY

export function encode(value: object): Uint8Array {
  return Buffer.from(JSON.stringify(value))
}

/** @throws RegistryError UNAVAILABLE where the bytes are not what was written */
export function decode<T>(bytes: Uint8Array): T {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
  try {
    return JSON.parse(text) as T
  } catch (cause) {
    throw new RegistryError(
      'UNAVAILABLE',
      'a record of the index is damaged: the operator of the registry finds the way out in docs/recovery.md',
      { cause },
    )
  }
}

export function readRow<T>(store: Pick<KeyValue, 'get'>, ...key: string[]): T | undefined {
  const bytes = store.get(row(...key))
  return bytes && decode<T>(bytes)
}

/** The part of a referrer's key that stands for its artifactType, which may be any text. */
export function typePart(artifactType: string | undefined): string {
  return digestOf(Buffer.from(artifactType ?? '')).slice('sha256:'.length, 'sha256:'.length + 32)
}

/** Reads a page of a range, one entry ahead to know whether more follow; with `prefix` only what begins with it. */
export async function readPage<T>(
  store: KeyValue,
  range: KeyRange,
  { after, limit }: PageRequest,
  read: (entry: Entry) => T,
  prefix = '',
): Promise<Page<T>> {
  const { gt, lt } = prefix === '' ? range : beginning(range, prefix)
  const from = range.gt + (after ?? '')
  const found = await store.entries({ gt: from > gt ? from : gt, lt }, limit + 1)
  return { entries: found.slice(0, limit).map(read), more: found.length > limit }
}

/** Blobs in the state "good": how many, and how many bytes. */
export interface StoredRow {
  readonly blobs: number
  readonly bytes: number
}

/** Changes what is stored altogether by one blob that can be had from now on, or no longer can. */
export function countStored(transaction: Transaction, blobs: 1 | -1, size: number): void {
  const before = readStored(transaction)
  const after = { blobs: before.blobs + blobs, bytes: before.bytes + blobs * size }
  transaction.put(STORED_KEY, encode(after satisfies StoredRow))
}

export function readStored(store: Pick<KeyValue, 'get'>): StoredRow {
  return readRow<StoredRow>(store, STORED_KEY) ?? { blobs: 0, bytes: 0 }
}

const EMPTY = { manifests: 0, tags: 0, blobs: 0, bytes: 0 }

/** Changes a repository's counts in the operation's own batch; makes the repository with its first content, removes it with its last. */
export function count(
  transaction: Transaction,
  name: string,
  time: number,
  delta: Partial<typeof EMPTY>,
  pushed = false,
): void {
  const before = readRow<RepositoryRow>(transaction, 'repository', name) ?? {
    createdAt: time,
    pushedAt: time,
    ...EMPTY,
  }
  const after: RepositoryRow = {
    createdAt: before.createdAt,
    pushedAt: pushed ? time : before.pushedAt,
    manifests: before.manifests + (delta.manifests ?? 0),
    tags: before.tags + (delta.tags ?? 0),
    blobs: before.blobs + (delta.blobs ?? 0),
    bytes: before.bytes + (delta.bytes ?? 0),
  }
  if (after.manifests + after.blobs === 0) transaction.delete(row('repository', name))
  else transaction.put(row('repository', name), encode(after))
}
