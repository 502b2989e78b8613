import { candidateKey, rowKey } from '../keys.ts'
import type { Transaction } from './commit-queue.ts'
import { encode, hasRow, NOTHING, readRow } from './rows.ts'

/**
 * A manifest that may be untagged and unreferenced since then. It has one candidate row, with that
 * time.
 */
export interface UnreferencedRow {
  readonly since: number
}

/**
 * Makes the manifest a candidate for collection, aged from `time`, or renews its age if it is one
 * already.
 */
export function markUnreferenced(
  transaction: Transaction,
  repository: string,
  digest: string,
  time: number,
): void {
  clearUnreferenced(transaction, repository, digest)
  transaction.put(
    rowKey('unreferenced', repository, digest),
    encode({ since: time } satisfies UnreferencedRow),
  )
  transaction.put(candidateKey('manifest', time, repository, digest), NOTHING)
}

/** The manifest is no longer a candidate, because it is in use or gone. */
export function clearUnreferenced(
  transaction: Transaction,
  repository: string,
  digest: string,
): void {
  const before = readUnreferenced(transaction, repository, digest)
  if (before === undefined) return
  transaction.delete(rowKey('unreferenced', repository, digest))
  transaction.delete(candidateKey('manifest', before.since, repository, digest))
}

/** Whether the manifest is a candidate for collection. */
export function isUnreferenced(
  transaction: Transaction,
  repository: string,
  digest: string,
): boolean {
  return hasRow(transaction, 'unreferenced', repository, digest)
}

export function readUnreferenced(
  transaction: Transaction,
  repository: string,
  digest: string,
): UnreferencedRow | undefined {
  return readRow<UnreferencedRow>(transaction, 'unreferenced', repository, digest)
}
