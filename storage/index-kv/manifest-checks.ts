import { isDigest } from '../../src/oci/digest.ts'
import type { ManifestReference } from '../../src/oci/manifest.ts'
import { matches } from '../index/condition.ts'
import type { ManifestPut, ManifestPutOutcome } from '../index/manifests.ts'
import { readBlob } from './blobs.ts'
import type { Transaction } from './commit-queue.ts'
import { type ManifestRow, readManifestRow } from './manifest-rows.ts'
import { hasRow } from './rows.ts'
import { readTag } from './tags.ts'

/** The reason why a manifest cannot be stored as the store is now; undefined if it can. */
export function refusalOf(
  transaction: Transaction,
  put: ManifestPut,
): ManifestPutOutcome | undefined {
  if (!holdsCondition(transaction, put)) {
    return { outcome: 'precondition-failed', digest: put.digest }
  }
  const tag = put.immutableTags?.find((name) => pointsElsewhere(transaction, put, name))
  if (tag !== undefined) return { outcome: 'immutable-tag', tag }
  return checkType(transaction, put) ?? checkReferences(transaction, put)
}

/** Bytes and media type of a manifest stay as they are, because clients depend on both. */
function checkType(
  transaction: Transaction,
  { repository, digest, manifest, replacesType }: ManifestPut,
): ManifestPutOutcome | undefined {
  const mediaType = readGood(transaction, repository, digest)?.mediaType
  return mediaType === undefined || [manifest.mediaType, replacesType].includes(mediaType)
    ? undefined
    : { outcome: 'other-type', mediaType }
}

function holdsCondition(
  transaction: Transaction,
  { repository, condition, conditionOn, digest }: ManifestPut,
): boolean {
  if (condition === undefined) return true
  const on = conditionOn ?? digest
  const current = isDigest(on)
    ? readGood(transaction, repository, on) && on
    : readTag(transaction, repository, on)?.digest
  return matches(condition, current)
}

function pointsElsewhere(
  transaction: Transaction,
  { repository, digest }: ManifestPut,
  tag: string,
): boolean {
  const current = readTag(transaction, repository, tag)
  return current !== undefined && current.digest !== digest
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

/** The child of an index may also be a blob: build caches list their layers in an index. */
function sizeOf(
  transaction: Transaction,
  repository: string,
  { digest, kind }: ManifestReference,
): number | undefined {
  const child = kind === 'manifest' ? readGood(transaction, repository, digest) : undefined
  if (child) return child.size
  if (!hasRow(transaction, 'link', repository, digest)) return undefined
  const blob = readBlob(transaction, digest)
  return blob?.state === 'good' ? blob.size : undefined
}

/** The manifest, unless it is quarantined. */
function readGood(
  transaction: Transaction,
  repository: string,
  digest: string,
): ManifestRow | undefined {
  const found = readManifestRow(transaction, repository, digest)
  return found?.state === undefined ? found : undefined
}
