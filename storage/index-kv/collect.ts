import type { Digest } from '../../src/oci/digest.ts'
import type { Candidate, CollectTerms, Decision } from '../index/candidates.ts'
import { candidateKey, rowKey, sortableTime, under } from '../keys.ts'
import { type LinkRow, readBlob, readLink, removeLink, usedAt } from './blobs.ts'
import type { Transaction } from './commit-queue.ts'
import { type ManifestRow, readManifestRow, removeManifest } from './manifest-rows.ts'
import { encode, hasRow, NOTHING } from './rows.ts'
import { countStored } from './counts.ts'
import { clearUnreferenced, markUnreferenced, readUnreferenced } from './unreferenced.ts'

const KEPT: Decision = { outcome: 'kept' }
const TOO_RECENT: Decision = { outcome: 'too-recent' }

/**
 * Candidates per turn of the event loop: each takes an eighth of a millisecond, and requests wait
 * for all of them.
 */
const PER_TURN = 8

/**
 * Decides on candidates of one kind and carries the decisions out, see {@link Candidates.collect}.
 * Ranges are read for a few candidates at a time, because each wait for the store takes a turn of a
 * busy event loop.
 */
export async function decideAll(
  transaction: Transaction,
  candidates: readonly Candidate[],
  terms: CollectTerms,
): Promise<Decision[]> {
  const decisions: Decision[] = []
  for (let at = 0; at < candidates.length; at += PER_TURN)
    decisions.push(...(await decide(transaction, candidates.slice(at, at + PER_TURN), terms)))
  return decisions
}

async function decide(
  transaction: Transaction,
  candidates: readonly Candidate[],
  terms: CollectTerms,
): Promise<Decision[]> {
  const kind = candidates[0]?.kind
  if (kind === 'link') return decideLinks(transaction, candidates, terms)
  if (kind === 'blob') return decideBlobs(transaction, candidates, terms)
  if (kind === 'key') return candidates.map((one) => decideKey(transaction, one, terms))
  const decisions: Decision[] = []
  for (const one of candidates) decisions.push(await decideManifest(transaction, one, terms))
  return decisions
}

async function decideLinks(
  transaction: Transaction,
  candidates: readonly Candidate[],
  terms: CollectTerms,
): Promise<Decision[]> {
  const referenced = await Promise.all(
    candidates.map(({ object: [repository = '', digest = ''] }) =>
      isThere(transaction, 'referenced', repository, digest),
    ),
  )
  const found = candidates.map((one, at) => decideLink(transaction, one, referenced[at]!, terms))
  const linked = await linkedOf(
    transaction,
    found.flatMap((one) => (typeof one === 'string' ? [one] : [])),
  )
  return found.map((one) => {
    if (typeof one !== 'string') return one
    return linked.has(one) ? { outcome: 'deleted' } : deleteBlob(transaction, one, terms.time)
  })
}

/** The digest if the link is deleted, and the decision otherwise. */
function decideLink(
  transaction: Transaction,
  { position, object: [repository = '', digest = ''] }: Candidate,
  isReferenced: boolean,
  { cutoff, time }: CollectTerms,
): Decision | Digest {
  transaction.delete(rowKey('candidate', 'link', position))
  const link = readLink(transaction, repository, digest)
  if (link === undefined || isReferenced) return KEPT
  const last = usedAt(link)
  if (last > cutoff) {
    if (last > time) {
      const corrected: LinkRow = { linkedAt: Math.min(link.linkedAt, time), touchedAt: time }
      transaction.put(rowKey('link', repository, digest), encode(corrected))
    }
    transaction.put(candidateKey('link', Math.min(last, time), repository, digest), NOTHING)
    return TOO_RECENT
  }
  const size = readBlob(transaction, digest)?.size ?? 0
  removeLink(transaction, { repository, digest, size, time })
  return digest as Digest
}

async function decideBlobs(
  transaction: Transaction,
  candidates: readonly Candidate[],
  { time }: CollectTerms,
): Promise<Decision[]> {
  const digests = candidates.map(({ object: [digest] }) => digest as Digest)
  const linked = await linkedOf(transaction, digests)
  return candidates.map(({ position }, at) => {
    transaction.delete(rowKey('candidate', 'blob', position))
    const digest = digests[at]!
    return linked.has(digest) ? KEPT : deleteBlob(transaction, digest, time)
  })
}

/** The digests that some repository links. */
async function linkedOf(
  transaction: Transaction,
  digests: readonly Digest[],
): Promise<ReadonlySet<Digest>> {
  const distinct = [...new Set(digests)]
  const linked = await Promise.all(distinct.map((digest) => isThere(transaction, 'linked', digest)))
  return new Set(distinct.filter((_, at) => linked[at]))
}

async function isThere(transaction: Transaction, ...parts: string[]): Promise<boolean> {
  return (await transaction.keys(under(...parts), 1)).length > 0
}

/** Deletes the rows of a blob that no repository links. */
function deleteBlob(transaction: Transaction, digest: Digest, time: number): Decision {
  const found = readBlob(transaction, digest)
  if (found === undefined) return { outcome: 'deleted' }
  const { key, size } = found
  for (const kind of ['blob', 'facts']) transaction.delete(rowKey(kind, digest))
  if (found.state === 'good') countStored(transaction, -1, size)
  const blob = { digest, size }
  if (hasRow(transaction, 'content', key)) {
    transaction.delete(rowKey('content', key))
    return { outcome: 'deleted', blob }
  }
  // The key stays a candidate until its bytes are removed, which may be after a restart.
  transaction.put(candidateKey('key', time, key, digest), NOTHING)
  const position = [sortableTime(time), key, digest].join('!')
  return { outcome: 'deleted', blob, bytesToDelete: { key, position } }
}

function decideKey(
  transaction: Transaction,
  { position, time: since, object }: Candidate,
  { cutoff, time }: CollectTerms,
): Decision {
  const [key = '', digest = ''] = object
  const candidate = rowKey('candidate', 'key', position)
  if (since > cutoff) {
    if (since <= time) return TOO_RECENT
    transaction.delete(candidate)
    transaction.put(candidateKey('key', time, ...object), NOTHING)
    return TOO_RECENT
  }
  const blob = readBlob(transaction, digest)
  if (blob?.key === key && blob.state === 'good') {
    transaction.delete(candidate)
    return KEPT
  }
  if (hasRow(transaction, 'content', key)) {
    for (const one of [candidate, rowKey('content', key)]) transaction.delete(one)
    return { outcome: 'deleted' }
  }
  return { outcome: 'deleted', bytesToDelete: { key, position } }
}

async function decideManifest(
  transaction: Transaction,
  { object: [repository = '', digest = ''], position, time: since }: Candidate,
  { cutoff, time }: CollectTerms,
): Promise<Decision> {
  if (readUnreferenced(transaction, repository, digest)?.since !== since) {
    transaction.delete(rowKey('candidate', 'manifest', position))
    return KEPT
  }
  const found = readManifestRow(transaction, repository, digest)
  if (found === undefined || (await isInUse(transaction, repository, digest, found))) {
    clearUnreferenced(transaction, repository, digest)
    return KEPT
  }
  if (since > cutoff) {
    if (since > time) markUnreferenced(transaction, repository, digest, time)
    return TOO_RECENT
  }
  await removeManifest(transaction, { repository, digest: digest as Digest, time }, found)
  return { outcome: 'deleted' }
}

async function isInUse(
  transaction: Transaction,
  repository: string,
  digest: string,
  { subject }: ManifestRow,
): Promise<boolean> {
  for (const kind of ['tagged', 'referenced'])
    if (await isThere(transaction, kind, repository, digest)) return true
  return subject !== undefined && hasRow(transaction, 'manifest', repository, subject)
}
