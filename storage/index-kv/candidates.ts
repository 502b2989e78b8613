import type { Digest } from '../../src/oci/digest.ts'
import type { StoredKey } from '../blob-store.ts'
import type {
  Candidate,
  CandidateKind,
  Candidates,
  CollectOutcome,
  CollectTerms,
} from '../index/candidates.ts'
import type { Page, PageRequest } from '../index/page.ts'
import { candidateKey, rowKey, under } from '../keys.ts'
import { readBlob } from './blobs.ts'
import { decideAll } from './collect.ts'
import type { CommitQueue, Transaction } from './commit-queue.ts'
import type { KeyValue } from './key-value.ts'
import { leaseHolder } from './leases.ts'
import { NOTHING, readPage } from './rows.ts'

/** Thrown in a dry run to discard its changes. */
const DRY_RUN = new Error('dry run')

export class CandidateIndex implements Candidates {
  readonly #store: KeyValue
  readonly #queue: CommitQueue

  constructor(store: KeyValue, queue: CommitQueue) {
    this.#store = store
    this.#queue = queue
  }

  list(kind: CandidateKind, page: PageRequest): Promise<Page<Candidate>> {
    const range = under('candidate', kind)
    return readPage(this.#store, { range, page }, ([key]) => {
      const position = key.slice(range.gt.length)
      const [time, ...object] = position.split('!')
      return { position, time: Number(time), kind, object }
    })
  }

  async collect(candidates: readonly Candidate[], terms: CollectTerms): Promise<CollectOutcome> {
    let outcome: CollectOutcome = { decisions: [] }
    const operation = async (transaction: Transaction) => {
      outcome = await collectUnlessPaused(transaction, candidates, terms)
      if (terms.dryRun) throw DRY_RUN
    }
    await this.#queue.commit(operation).catch((error: unknown) => {
      if (error !== DRY_RUN) throw error
    })
    return outcome
  }

  deleteKeyCandidates(positions: readonly string[]): Promise<void> {
    return this.#queue.commit((transaction) => {
      for (const position of positions) transaction.delete(rowKey('candidate', 'key', position))
    }, 'unsynced')
  }

  addOrphans(keys: readonly StoredKey[], time: number): Promise<readonly StoredKey[]> {
    return this.#queue.commit((transaction) => {
      const orphans = keys.filter(({ key, digest }) => !isKnown(transaction, key, digest))
      for (const { key, digest } of orphans)
        transaction.put(candidateKey('key', time, key, digest), NOTHING)
      return orphans
    })
  }
}

async function collectUnlessPaused(
  transaction: Transaction,
  candidates: readonly Candidate[],
  terms: CollectTerms,
): Promise<CollectOutcome> {
  const pausedBy = await leaseHolder(transaction, 'removals', terms.time)
  if (pausedBy !== undefined) return { pausedBy }
  return { decisions: await decideAll(transaction, candidates, terms) }
}

function isKnown(transaction: Transaction, key: string, digest: Digest): boolean {
  return readBlob(transaction, digest)?.key === key
}
