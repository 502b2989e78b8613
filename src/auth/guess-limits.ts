import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { networkOf } from './network.ts'
import { tooManyRequestsError } from './too-many-requests.ts'
import { Turns } from './turns.ts'

/** Pairs and networks whose failures are known. Each takes the same few bytes. */
const MOST_COUNTED = 20_000
/** Failures of a pair within the window, after which its checks are slowed down. */
const ALLOWED_FAILURES = 5
/** Failures of a network with any accounts, existing or not, after which all its checks are. */
const ALLOWED_BY_NETWORK = 30
/** Failures of a pair within the window that only a password guesser makes. */
const OBVIOUS_FAILURES = 100
/** Failures of a pair from which on a recent password is worth no more than any other. */
const FLOOD = 6000
/** Milliseconds. */
const WINDOW = 60_000
/** Milliseconds between two slowed checks, and between two answers to recent passwords. */
const INTERVAL = 1000
/** Seconds. */
const RETRY_AFTER = 5
/** Beside the check whose turn it is. */
const QUEUE = { perNetwork: 4, total: 20, retryAfter: RETRY_AFTER }

/**
 * Slows down password guessing. Failures count for a pair of a client's network (an IPv4 address,
 * or the /64 of an IPv6 address) and the account that it tries, and for the network alone: names
 * that do not exist are guesses, too.
 */
export class GuessLimits {
  readonly #failures: LRUCache<string, number>
  readonly #pending = new Map<string, Promise<unknown>>()
  /** Slowed checks, one an interval. */
  readonly #slowed = new Turns(QUEUE)
  /** Answers to recent passwords of guessed pairs, one an interval. */
  readonly #recent = new Turns(QUEUE)
  #closed = false
  readonly #pauses = new Set<() => void>()

  /** @param now milliseconds */
  constructor(now: () => number) {
    // The window begins with the first failure, and rejected attempts do not extend it.
    this.#failures = new LRUCache({
      max: MOST_COUNTED,
      ttl: WINDOW,
      noUpdateTTL: true,
      ttlResolution: 0,
      perf: { now },
    })
  }

  /**
   * Runs a password check, after a pause if the pair or the network has failed too often, and
   * counts a failure. Identical checks at the same time are one check.
   * @throws RegistryError TOO_MANY_REQUESTS
   */
  guard<T>(
    address: string,
    account: string,
    password: string,
    check: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const pair = pairOf(address, account)
    const key = `${pair} ${createHash('sha256').update(password).digest('base64')}`
    const pending = this.#pending.get(key) as Promise<T | undefined> | undefined
    if (pending) return pending
    const network = networkOf(address)
    const result = this.#attempt(pair, network, check).finally(() => this.#pending.delete(key))
    this.#pending.set(key, result)
    return result
  }

  /**
   * Rejects the checks in the queue and all that would have to wait: the process is about to end.
   */
  close(): void {
    this.#closed = true
    this.#slowed.clear()
    this.#recent.clear()
    for (const end of this.#pauses) end()
  }

  /**
   * Whether a pair has failed so often that the quick answer to a recent password would be of use
   * to a guesser: see {@link passRecent}.
   */
  isGuessed(address: string, account: string): boolean {
    return this.#hasFailed(address, account, OBVIOUS_FAILURES)
  }

  /**
   * Lets a password that was right within the hour pass although its pair is being guessed: its
   * owner must not be kept out by a client that has the same address. At most one a second passes.
   * False in a flood of guesses, where recent passwords have to be checked like any other: it would
   * test them as fast as it is sent.
   * @throws RegistryError TOO_MANY_REQUESTS
   */
  async passRecent(address: string, account: string): Promise<boolean> {
    if (!this.isGuessed(address, account)) return true
    if (this.#hasFailed(address, account, FLOOD)) return false
    await this.#pauseIn(this.#recent, pairOf(address, account))
    return true
  }

  /** Counts a failure before the check, so that many guesses at the same time count as many. */
  async #attempt<T>(
    pair: string,
    network: string,
    check: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const isLimited =
      this.#count(pair) >= ALLOWED_FAILURES || this.#count(network) >= ALLOWED_BY_NETWORK
    this.#add(pair, 1)
    this.#add(network, 1)
    if (isLimited) await this.#pauseIn(this.#slowed, network)
    let isFailure = false
    try {
      const result = await check()
      isFailure = result === undefined
      return result
    } finally {
      if (!isFailure) {
        this.#add(pair, -1)
        this.#add(network, -1)
      }
    }
  }

  /** Waits for a turn, which lasts an interval. */
  async #pauseIn(turns: Turns, waiter: string): Promise<void> {
    if (!this.#closed) await turns.run(waiter, () => this.#pause())
    if (this.#closed) throw tooManyRequestsError(RETRY_AFTER)
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        this.#pauses.delete(end)
        resolve()
      }
      const timer = setTimeout(end, INTERVAL)
      this.#pauses.add(end)
    })
  }

  #hasFailed(address: string, account: string, times: number): boolean {
    return this.#failures.size > 0 && this.#count(pairOf(address, account)) >= times
  }

  #count(key: string): number {
    return this.#failures.get(key) ?? 0
  }

  #add(key: string, more: number): void {
    const count = this.#count(key) + more
    if (count > 0) this.#failures.set(key, count)
    else this.#failures.delete(key)
  }
}

/** A hash, so that long names of accounts take no memory. */
function pairOf(address: string, account: string): string {
  return createHash('sha256')
    .update(`${networkOf(address)} ${account}`)
    .digest('base64')
}
