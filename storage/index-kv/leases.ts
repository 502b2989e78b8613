import type { CommitQueue, Transaction } from './commit-queue.ts'
import { ALL, decode, encode, readRow } from './rows.ts'
import type { KeyValue } from './key-value.ts'
import { lastPart, row, under } from '../keys.ts'
import type { LeaseKind, LeaseRecord, Leases } from '../index/leases.ts'

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
      transaction.put(row('lease', kind, id), encode(lease satisfies LeaseRow)),
    )
  }

  renew({ kind, id, ...times }: Parameters<Leases['renew']>[0]): Promise<boolean> {
    return this.#queue.commit((transaction) => {
      const found = readRow<LeaseRow>(transaction, 'lease', kind, id)
      if (found) transaction.put(row('lease', kind, id), encode({ ...found, ...times }))
      return found !== undefined
    })
  }

  release(kind: LeaseKind, id: string): Promise<boolean> {
    return this.#queue.commit((transaction) => {
      const held = transaction.get(row('lease', kind, id)) !== undefined
      if (held) transaction.delete(row('lease', kind, id))
      return held
    })
  }

  async list(kind: LeaseKind): Promise<LeaseRecord[]> {
    const found = await this.#store.entries(under('lease', kind), ALL)
    return found.map(([key, value]) => ({ kind, id: lastPart(key), ...decode<LeaseRow>(value) }))
  }
}

/**
 * Who holds a lease of the kind off whoever asks in this operation; undefined if nobody does. Those that ran out are taken
 * away, so that their holders come to know. One from the future (the clock was set back) gets its length from now.
 */
export async function holderOf(
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
