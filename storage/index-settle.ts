import type { Digest } from '../src/oci/digest.ts'
import type { Candidate, SettleTerms, Verdict } from './candidates.ts'
import type { Transaction } from './commit-queue.ts'
import { dropLoose, letGo, type LooseRow } from './index-loose.ts'
import { removeManifest } from './index-manifest-removal.ts'
import {
  type BlobRow,
  count,
  countStored,
  encode,
  foundAt,
  type LinkRow,
  type ManifestRow,
  NOTHING,
  readRow,
} from './index-rows.ts'
import { candidateRow, row, sortableTime, under } from './keys.ts'

const KEPT: Verdict = { outcome: 'kept' }
const YOUNG: Verdict = { outcome: 'young' }

/** Decides on one candidate, and does what follows. See {@link Candidates.settle}. */
export async function settleCandidate(
  transaction: Transaction,
  candidate: Candidate,
  terms: SettleTerms,
): Promise<Verdict> {
  const { kind, position } = candidate
  if (kind === 'manifest') return settleManifest(transaction, candidate, terms)
  transaction.delete(row('candidate', kind, position))
  if (kind === 'link') return settleLink(transaction, candidate, terms)
  const { time, object } = candidate
  if (time > terms.before && kind === 'key') {
    transaction.put(candidateRow(kind, Math.min(time, terms.time), ...object), NOTHING)
    return YOUNG
  }
  if (kind === 'key') return settleKey(transaction, object, position)
  const [digest] = object as [Digest]
  return (await isLinked(transaction, digest)) ? KEPT : forgetBlob(transaction, digest, terms.time)
}

async function settleLink(
  transaction: Transaction,
  { object: [repository = '', digest = ''] }: Candidate,
  { before, time }: SettleTerms,
): Promise<Verdict> {
  const link = readRow<LinkRow>(transaction, 'link', repository, digest)
  if (link === undefined) return KEPT
  const [manifest] = await transaction.keys(under('referenced', repository, digest), 1)
  if (manifest !== undefined) return KEPT
  const last = foundAt(link)
  if (last > before) {
    const listed = Math.min(last, time)
    if (last > time) {
      const set: LinkRow = { linkedAt: Math.min(link.linkedAt, time), touchedAt: time }
      transaction.put(row('link', repository, digest), encode(set))
    }
    transaction.put(candidateRow('link', listed, repository, digest), NOTHING)
    return YOUNG
  }
  transaction.delete(row('link', repository, digest))
  transaction.delete(row('linked', digest, repository))
  const size = readRow<BlobRow>(transaction, 'blob', digest)?.size ?? 0
  count(transaction, repository, time, { blobs: -1, bytes: -size })
  const isLast = !(await isLinked(transaction, digest as Digest))
  return isLast ? forgetBlob(transaction, digest as Digest, time) : { outcome: 'forgotten' }
}

async function isLinked(transaction: Transaction, digest: Digest): Promise<boolean> {
  return (await transaction.keys(under('linked', digest), 1)).length > 0
}

/** Nobody can see the blob: its entry goes, and what is kept beside it. */
function forgetBlob(transaction: Transaction, digest: Digest, time: number): Verdict {
  const found = readRow<BlobRow>(transaction, 'blob', digest)
  if (found === undefined) return { outcome: 'forgotten' }
  const { key, size } = found
  for (const kind of ['blob', 'facts']) transaction.delete(row(kind, digest))
  if (found.state === 'good') countStored(transaction, -1, size)
  const blob = { digest, size }
  if (transaction.get(row('content', key)) !== undefined) {
    transaction.delete(row('content', key))
    return { outcome: 'forgotten', blob }
  }
  // Until the bytes are removed, which may be after the next start.
  transaction.put(candidateRow('key', time, key, digest), NOTHING)
  const position = [sortableTime(time), key, digest].join('!')
  return { outcome: 'forgotten', blob, remove: { key, position } }
}

function settleKey(
  transaction: Transaction,
  [key = '', digest = '']: readonly string[],
  position: string,
): Verdict {
  const entry = readRow<BlobRow>(transaction, 'blob', digest)
  if (entry?.key === key && entry.state === 'good') return KEPT
  if (transaction.get(row('content', key)) !== undefined) {
    transaction.delete(row('content', key))
    return { outcome: 'forgotten' }
  }
  transaction.put(row('candidate', 'key', position), NOTHING)
  return { outcome: 'forgotten', remove: { key, position } }
}

async function settleManifest(
  transaction: Transaction,
  { object: [repository = '', digest = ''], position, time: listed }: Candidate,
  { before, time }: SettleTerms,
): Promise<Verdict> {
  const loose = readRow<LooseRow>(transaction, 'loose', repository, digest)
  if (loose?.since !== listed) {
    transaction.delete(row('candidate', 'manifest', position))
    return KEPT
  }
  const found = readRow<ManifestRow>(transaction, 'manifest', repository, digest)
  if (found === undefined || (await isHeld(transaction, repository, digest, found))) {
    dropLoose(transaction, repository, digest)
    return KEPT
  }
  if (listed > before) {
    if (listed > time) letGo(transaction, repository, digest, time)
    return YOUNG
  }
  await removeManifest(transaction, repository, digest as Digest, found, time)
  return { outcome: 'forgotten' }
}

async function isHeld(
  transaction: Transaction,
  repository: string,
  digest: string,
  { subject }: ManifestRow,
): Promise<boolean> {
  for (const kind of ['tagged', 'referenced'])
    if ((await transaction.keys(under(kind, repository, digest), 1)).length > 0) return true
  return (
    subject !== undefined && transaction.get(row('manifest', repository, subject)) !== undefined
  )
}
