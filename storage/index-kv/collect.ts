import type { Digest } from '../../src/oci/digest.ts'
import type { Candidate, CollectTerms, Decision } from '../index/candidates.ts'
import type { Transaction } from './commit-queue.ts'
import { clearUnreferenced, markUnreferenced, type UnreferencedRow } from './unreferenced.ts'
import { removeManifest } from './manifest-removal.ts'
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
} from './rows.ts'
import { candidateRow, row, sortableTime, under } from '../keys.ts'

const KEPT: Decision = { outcome: 'kept' }
const YOUNG: Decision = { outcome: 'young' }

/** Candidates between two turns of the event loop: one takes an eighth of a millisecond, and readers wait for all of them. */
const FEW = 8

/**
 * Decides on candidates of one kind, and does what follows. See {@link Candidates.settle}. What has to be read from ranges
 * is read for a few at once: each wait for the store takes a turn of an event loop that has much else to do.
 */
export async function collectCandidates(
  transaction: Transaction,
  candidates: readonly Candidate[],
  terms: CollectTerms,
): Promise<Decision[]> {
  const verdicts: Decision[] = []
  for (let at = 0; at < candidates.length; at += FEW)
    verdicts.push(...(await settleFew(transaction, candidates.slice(at, at + FEW), terms)))
  return verdicts
}

async function settleFew(
  transaction: Transaction,
  candidates: readonly Candidate[],
  terms: CollectTerms,
): Promise<Decision[]> {
  const kind = candidates[0]?.kind
  if (kind === 'link') return settleLinks(transaction, candidates, terms)
  if (kind === 'blob') return settleBlobs(transaction, candidates, terms)
  if (kind === 'key') return candidates.map((one) => settleKey(transaction, one, terms))
  const verdicts: Decision[] = []
  for (const one of candidates) verdicts.push(await settleManifest(transaction, one, terms))
  return verdicts
}

async function settleLinks(
  transaction: Transaction,
  candidates: readonly Candidate[],
  terms: CollectTerms,
): Promise<Decision[]> {
  const named = await Promise.all(
    candidates.map(({ object: [repository = '', digest = ''] }) =>
      isThere(transaction, 'referenced', repository, digest),
    ),
  )
  const found = candidates.map((one, at) => settleLink(transaction, one, named[at]!, terms))
  const linked = await linkedOf(
    transaction,
    found.flatMap((one) => (typeof one === 'string' ? [one] : [])),
  )
  return found.map((one) => {
    if (typeof one !== 'string') return one
    return linked.has(one) ? { outcome: 'forgotten' } : forgetBlob(transaction, one, terms.time)
  })
}

/** The digest, if the link is forgotten. */
function settleLink(
  transaction: Transaction,
  { position, object: [repository = '', digest = ''] }: Candidate,
  isNamed: boolean,
  { before, time }: CollectTerms,
): Decision | Digest {
  transaction.delete(row('candidate', 'link', position))
  const link = readRow<LinkRow>(transaction, 'link', repository, digest)
  if (link === undefined || isNamed) return KEPT
  const last = foundAt(link)
  if (last > before) {
    if (last > time) {
      const set: LinkRow = { linkedAt: Math.min(link.linkedAt, time), touchedAt: time }
      transaction.put(row('link', repository, digest), encode(set))
    }
    transaction.put(candidateRow('link', Math.min(last, time), repository, digest), NOTHING)
    return YOUNG
  }
  transaction.delete(row('link', repository, digest))
  transaction.delete(row('linked', digest, repository))
  const size = readRow<BlobRow>(transaction, 'blob', digest)?.size ?? 0
  count(transaction, repository, time, { blobs: -1, bytes: -size })
  return digest as Digest
}

async function settleBlobs(
  transaction: Transaction,
  candidates: readonly Candidate[],
  { time }: CollectTerms,
): Promise<Decision[]> {
  const digests = candidates.map(({ object: [digest] }) => digest as Digest)
  const linked = await linkedOf(transaction, digests)
  return candidates.map(({ position }, at) => {
    transaction.delete(row('candidate', 'blob', position))
    const digest = digests[at]!
    return linked.has(digest) ? KEPT : forgetBlob(transaction, digest, time)
  })
}

/** Those that are linked somewhere. */
async function linkedOf(
  transaction: Transaction,
  digests: readonly Digest[],
): Promise<ReadonlySet<Digest>> {
  const asked = [...new Set(digests)]
  const answers = await Promise.all(asked.map((digest) => isThere(transaction, 'linked', digest)))
  return new Set(asked.filter((_, at) => answers[at]))
}

async function isThere(transaction: Transaction, ...parts: string[]): Promise<boolean> {
  return (await transaction.keys(under(...parts), 1)).length > 0
}

/** Nobody can see the blob: its entry goes, and what is kept beside it. */
function forgetBlob(transaction: Transaction, digest: Digest, time: number): Decision {
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
  { position, time: listed, object }: Candidate,
  { before, time }: CollectTerms,
): Decision {
  const [key = '', digest = ''] = object
  const candidate = row('candidate', 'key', position)
  if (listed > before) {
    if (listed <= time) return YOUNG
    transaction.delete(candidate)
    transaction.put(candidateRow('key', time, ...object), NOTHING)
    return YOUNG
  }
  const entry = readRow<BlobRow>(transaction, 'blob', digest)
  if (entry?.key === key && entry.state === 'good') {
    transaction.delete(candidate)
    return KEPT
  }
  if (transaction.get(row('content', key)) !== undefined) {
    for (const one of [candidate, row('content', key)]) transaction.delete(one)
    return { outcome: 'forgotten' }
  }
  return { outcome: 'forgotten', remove: { key, position } }
}

async function settleManifest(
  transaction: Transaction,
  { object: [repository = '', digest = ''], position, time: listed }: Candidate,
  { before, time }: CollectTerms,
): Promise<Decision> {
  const loose = readRow<UnreferencedRow>(transaction, 'loose', repository, digest)
  if (loose?.since !== listed) {
    transaction.delete(row('candidate', 'manifest', position))
    return KEPT
  }
  const found = readRow<ManifestRow>(transaction, 'manifest', repository, digest)
  if (found === undefined || (await isHeld(transaction, repository, digest, found))) {
    clearUnreferenced(transaction, repository, digest)
    return KEPT
  }
  if (listed > before) {
    if (listed > time) markUnreferenced(transaction, repository, digest, time)
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
    if (await isThere(transaction, kind, repository, digest)) return true
  return (
    subject !== undefined && transaction.get(row('manifest', repository, subject)) !== undefined
  )
}
