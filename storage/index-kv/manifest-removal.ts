import type { Digest } from '../../src/oci/digest.ts'
import type { Transaction } from './commit-queue.ts'
import { clearUnreferenced, markUnreferenced } from './unreferenced.ts'
import {
  ALL,
  count,
  decode,
  encode,
  type LinkRow,
  type ManifestRow,
  NOTHING,
  readRow,
  typePart,
} from './rows.ts'
import { candidateRow, lastPart, row, under } from '../keys.ts'

/** Removes a manifest to which no tag points, with every row that goes with it. */
export async function removeManifest(
  transaction: Transaction,
  repository: string,
  digest: Digest,
  found: ManifestRow,
  time: number,
): Promise<void> {
  // Referrers of a manifest that is gone may be of no more use.
  for (const key of await transaction.keys(under('referrer', repository, digest), ALL))
    markUnreferenced(transaction, repository, lastPart(key), time)
  forgetReferences(transaction, repository, digest, time)
  if (found.subject !== undefined) transaction.delete(referrerRow(repository, digest, found))
  for (const kind of ['manifest', 'bytes', 'references'])
    transaction.delete(row(kind, repository, digest))
  clearUnreferenced(transaction, repository, digest)
  count(transaction, repository, time, { manifests: -1, bytes: -found.size })
}

/** The tags that point at a manifest. */
export async function tagsOf(
  transaction: Transaction,
  repository: string,
  digest: string,
): Promise<string[]> {
  return (await transaction.keys(under('tagged', repository, digest), ALL)).map(lastPart)
}

/** A fixed tag that points at the manifest, or at an index that it is part of: what a fixed tag has stays whole. */
export async function fixedTagOf(
  transaction: Transaction,
  repository: string,
  digest: string,
  isFixed: (tag: string) => boolean,
): Promise<string | undefined> {
  // Grows while it is gone through: by what names what is in it.
  const holders = new Set([digest])
  for (const holder of holders) {
    const fixed = (await tagsOf(transaction, repository, holder)).find(isFixed)
    if (fixed !== undefined) return fixed
    for (const key of await transaction.keys(under('referenced', repository, holder), ALL))
      holders.add(lastPart(key))
  }
  return undefined
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
    if (transaction.get(row('manifest', repository, reference)) !== undefined)
      markUnreferenced(transaction, repository, reference, time)
    const link = readRow<LinkRow>(transaction, 'link', repository, reference)
    if (link === undefined) continue
    // Whoever found it while it was referenced left no trace: its age begins now.
    transaction.put(row('link', repository, reference), encode({ ...link, touchedAt: time }))
    transaction.put(candidateRow('link', time, repository, reference), NOTHING)
  }
}

/** Where the list of its subject's referrers has a manifest that has a subject. */
export function referrerRow(
  repository: string,
  digest: Digest,
  { subject, artifactType }: ManifestRow,
): string {
  return row('referrer', repository, subject!, typePart(artifactType), digest)
}
