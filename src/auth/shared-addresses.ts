import { LRUCache } from 'lru-cache'
import { isPrivate } from '../base/host.ts'
import type { Log } from '../base/log.ts'

/** Accounts that log in from one private address before it looks like that of a proxy. */
const MANY_ACCOUNTS = 8
const MOST_ADDRESSES = 100
const LONGEST_NAME = 256

/**
 * Warns once if many accounts log in from one private address: if that is a proxy which is not
 * trusted, all its clients have the same address, and share the limits of one client.
 */
export class SharedAddresses {
  readonly #log: Log
  readonly #accounts = new LRUCache<string, Set<string>>({ max: MOST_ADDRESSES })
  #hasWarned = false

  constructor(log: Log) {
    this.#log = log
  }

  /** Takes note of an account that has logged in. */
  add(address: string, account: string): void {
    if (this.#hasWarned || account.length > LONGEST_NAME || !isPrivate(address)) return
    const accounts = this.#accounts.get(address) ?? new Set()
    this.#accounts.set(address, accounts.add(account))
    if (accounts.size < MANY_ACCOUNTS) return
    this.#hasWarned = true
    this.#accounts.clear()
    this.#log.warn(
      { address, accounts: accounts.size },
      'many accounts log in from one private address: if it is that of a proxy, add it to trustedProxies, or wrong passwords of one client slow down all others',
    )
  }
}
