import type { Digest } from '../../src/oci/digest.ts'
import type {
  Candidate,
  Candidates,
  CollectOutcome,
  CollectTerms,
  StoredKey,
} from '../index/candidates.ts'
import type { CommitQueue, Transaction } from './commit-queue.ts'
import { type BlobRow, NOTHING, readPage, readRow } from './rows.ts'
import { holderOf } from './leases.ts'
import { collectCandidates } from './collect.ts'
import type { KeyValue } from './key-value.ts'
import { type CandidateKind, candidateRow, row, under } from '../keys.ts'
import type { Page, PageRequest } from '../index/page.ts'

/** Thrown to leave no change behind. */
const REHEARSED = new Error('this was a rehearsal')

export class CandidateIndex implements Candidates {
  readonly #store: KeyValue
  readonly #queue: CommitQueue

  constructor(store: KeyValue, queue: CommitQueue) {
    this.#store = store
    this.#queue = queue
  }

  list(kind: CandidateKind, page: PageRequest): Promise<Page<Candidate>> {
    const range = under('candidate', kind)
    return readPage(this.#store, range, page, ([key]) => {
      const position = key.slice(range.gt.length)
      const [time, ...object] = position.split('!')
      return { position, time: Number(time), kind, object }
    })
  }

  async collect(candidates: readonly Candidate[], terms: CollectTerms): Promise<CollectOutcome> {
    let settlement: CollectOutcome = { verdicts: [] }
    const operation = async (transaction: Transaction) => {
      settlement = await settleAll(transaction, candidates, terms)
      if (terms.dryRun) throw REHEARSED
    }
    await this.#queue.commit(operation).catch((error: unknown) => {
      if (error !== REHEARSED) throw error
    })
    return settlement
  }

  removed(positions: readonly string[]): Promise<void> {
    return this.#queue.commit((transaction) => {
      for (const position of positions) transaction.delete(row('candidate', 'key', position))
    }, 'unsynced')
  }

  addOrphans(keys: readonly StoredKey[], time: number): Promise<readonly StoredKey[]> {
    return this.#queue.commit((transaction) => {
      const strays = keys.filter(({ key, digest }) => !isNamed(transaction, key, digest))
      for (const { key, digest } of strays)
        transaction.put(candidateRow('key', time, key, digest), NOTHING)
      return strays
    })
  }
}

async function settleAll(
  transaction: Transaction,
  candidates: readonly Candidate[],
  terms: CollectTerms,
): Promise<CollectOutcome> {
  const suspendedBy = await holderOf(transaction, 'removals', terms.time)
  if (suspendedBy !== undefined) return { suspendedBy }
  return { verdicts: await collectCandidates(transaction, candidates, terms) }
}

function isNamed(transaction: Transaction, key: string, digest: Digest): boolean {
  return readRow<BlobRow>(transaction, 'blob', digest)?.key === key
}
