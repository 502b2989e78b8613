import type { Transaction } from './commit-queue.ts'
import { encode, NOTHING, readRow } from './rows.ts'
import { candidateRow, row } from '../keys.ts'

/** A manifest that may have no tag and no parent, since then. One candidate row goes with it, at that time. */
export interface UnreferencedRow {
  readonly since: number
}

/** The manifest lost something that held it, or never had any, or was pushed or found again as it is. */
export function markUnreferenced(
  transaction: Transaction,
  repository: string,
  digest: string,
  time: number,
): void {
  clearUnreferenced(transaction, repository, digest)
  transaction.put(
    row('loose', repository, digest),
    encode({ since: time } satisfies UnreferencedRow),
  )
  transaction.put(candidateRow('manifest', time, repository, digest), NOTHING)
}

/** The manifest is held, or is no more. */
export function clearUnreferenced(
  transaction: Transaction,
  repository: string,
  digest: string,
): void {
  const before = readRow<UnreferencedRow>(transaction, 'loose', repository, digest)
  if (before === undefined) return
  transaction.delete(row('loose', repository, digest))
  transaction.delete(candidateRow('manifest', before.since, repository, digest))
}
