import type { Digest } from '../../src/oci/digest.ts'
import type { ManifestPut, ManifestRecord } from '../index/manifests.ts'
import { candidateKey, lastPart, rowKey, under } from '../keys.ts'
import { type LinkRow, readLink } from './blobs.ts'
import type { Transaction } from './commit-queue.ts'
import type { KeyValue } from './key-value.ts'
import { cutReferrer, referrerKey } from './referrers.ts'
import { countContent } from './counts.ts'
import { ALL, decode, encode, hasRow, NOTHING, readRow } from './rows.ts'
import { clearUnreferenced, isUnreferenced, markUnreferenced } from './unreferenced.ts'

export interface ManifestRow extends Omit<ManifestRecord, 'digest'> {
  /** Set when the bytes were found to differ from their digest. */
  readonly state?: 'quarantined'
}

export function readManifestRow(
  store: Pick<KeyValue, 'get'>,
  repository: string,
  digest: string,
): ManifestRow | undefined {
  return readRow<ManifestRow>(store, 'manifest', repository, digest)
}

/** Writes all rows of a manifest but those of its tags. */
export function storeManifest(transaction: Transaction, put: ManifestPut): void {
  const { repository, digest, bytes, manifest, tags, time } = put
  const before = readManifestRow(transaction, repository, digest)
  const { mediaType, subject, artifactType, annotations } = manifest
  const size = bytes.byteLength
  const described = { mediaType, size, ...(artifactType !== undefined && { artifactType }) }
  const record: ManifestRow = {
    ...described,
    pushedAt: time,
    ...(subject && { subject: subject.digest }),
  }
  transaction.put(rowKey('manifest', repository, digest), encode(record))
  // Under another media type, where that may change, the same bytes may have another artifactType.
  if (before) deleteReferrer(transaction, repository, digest, before)
  if (subject) {
    transaction.put(
      referrerKey(repository, digest, subject.digest, artifactType),
      encode(cutReferrer({ ...described, annotations })),
    )
  }
  // Also where they are known: pushing a manifest again repairs bytes that were damaged on disk.
  transaction.put(rowKey('bytes', repository, digest), bytes)
  if (before === undefined) {
    const references = [...new Set(manifest.references.map((reference) => reference.digest))]
    transaction.put(rowKey('references', repository, digest), encode(references))
    for (const reference of references)
      transaction.put(rowKey('referenced', repository, reference, digest), NOTHING)
  }
  // A manifest that was unreferenced before starts a new age with this push.
  const isCandidate = before === undefined || isUnreferenced(transaction, repository, digest)
  if (tags.length === 0 && isCandidate) markUnreferenced(transaction, repository, digest, time)
  const added = before ? {} : { manifests: 1, bytes: size }
  countContent(transaction, repository, { time, isPush: true, ...added })
}

export interface ManifestRemoval {
  readonly repository: string
  readonly digest: Digest
  readonly time: number
}

/** Removes all rows of a manifest to which no tag points. */
export async function removeManifest(
  transaction: Transaction,
  removal: ManifestRemoval,
  found: ManifestRow,
): Promise<void> {
  const { repository, digest, time } = removal
  // Its referrers may be of no more use.
  for (const key of await transaction.keys(under('referrer', repository, digest), ALL))
    markUnreferenced(transaction, repository, lastPart(key), time)
  removeReferences(transaction, removal)
  deleteReferrer(transaction, repository, digest, found)
  for (const kind of ['manifest', 'bytes', 'references'])
    transaction.delete(rowKey(kind, repository, digest))
  clearUnreferenced(transaction, repository, digest)
  countContent(transaction, repository, { time, manifests: -1, bytes: -found.size })
}

/** The content to which the manifest refers may be unreferenced now. */
function removeReferences(
  transaction: Transaction,
  { repository, digest, time }: ManifestRemoval,
): void {
  const references = decode<string[]>(transaction.get(rowKey('references', repository, digest))!)
  for (const reference of references) {
    transaction.delete(rowKey('referenced', repository, reference, digest))
    if (hasRow(transaction, 'manifest', repository, reference))
      markUnreferenced(transaction, repository, reference, time)
    const link = readLink(transaction, repository, reference)
    if (link === undefined) continue
    // Uses of a referenced blob are not recorded, so its age begins now.
    const touched: LinkRow = { ...link, touchedAt: time }
    transaction.put(rowKey('link', repository, reference), encode(touched))
    transaction.put(candidateKey('link', time, repository, reference), NOTHING)
  }
}

function deleteReferrer(
  transaction: Transaction,
  repository: string,
  digest: Digest,
  { subject, artifactType }: ManifestRow,
): void {
  if (subject !== undefined)
    transaction.delete(referrerKey(repository, digest, subject, artifactType))
}
