import type { LeaseKind, LeaseRecord, Leases } from '../index/leases.ts'
import { lastPart, rowKey, under } from '../keys.ts'
import type { CommitQueue, Transaction } from './commit-queue.ts'
import type { KeyValue } from './key-value.ts'
import { ALL, decode, encode, hasRow, readRow } from './rows.ts'

type LeaseRow = Omit<LeaseRecord, 'kind' | 'id'>

export class LeaseIndex implements Leases {
  readonly #store: KeyValue
  readonly #queue: CommitQueue

  constructor(store: KeyValue, queue: CommitQueue) {
    this.#store = store
    this.#queue = queue
  }

  take({ kind, id, ...lease }: LeaseRecord): Promise<void> {
    return this.#queue.commit((transaction) =>
      transaction.put(rowKey('lease', kind, id), encode(lease satisfies LeaseRow)),
    )
  }

  renew({ kind, id, ...times }: Parameters<Leases['renew']>[0]): Promise<boolean> {
    return this.#queue.commit((transaction) => {
      const found = readRow<LeaseRow>(transaction, 'lease', kind, id)
      if (found) transaction.put(rowKey('lease', kind, id), encode({ ...found, ...times }))
      return found !== undefined
    })
  }

  release(kind: LeaseKind, id: string): Promise<boolean> {
    return this.#queue.commit((transaction) => {
      const isHeld = hasRow(transaction, 'lease', kind, id)
      if (isHeld) transaction.delete(rowKey('lease', kind, id))
      return isHeld
    })
  }

  async list(kind: LeaseKind): Promise<LeaseRecord[]> {
    const found = await this.#store.entries(under('lease', kind), ALL)
    return found.map(([key, value]) => ({ kind, id: lastPart(key), ...decode<LeaseRow>(value) }))
  }
}

/**
 * The holder of a lease of this kind, for an operation that must not run while one is held;
 * undefined if there is none. Deletes expired leases, which is how their holders learn that they
 * expired. A lease from the future (the clock was set back) gets its full length from now.
 */
export async function leaseHolder(
  transaction: Transaction,
  kind: LeaseKind,
  time: number,
): Promise<string | undefined> {
  let holder: string | undefined
  for (const key of await transaction.keys(under('lease', kind), ALL)) {
    const lease = decode<LeaseRow>(transaction.get(key)!)
    const { renewedAt, expiresAt } = lease
    if (renewedAt <= time && expiresAt <= time) {
      transaction.delete(key)
      continue
    }
    if (renewedAt > time) {
      const times = { renewedAt: time, expiresAt: time + expiresAt - renewedAt }
      transaction.put(key, encode({ ...lease, ...times } satisfies LeaseRow))
    }
    holder ??= lease.holder
  }
  return holder
}
