import { createHash } from 'node:crypto'
import { isIPv6 } from 'node:net'
import { LRUCache } from 'lru-cache'
import { tooManyRequestsError } from './password-checks.ts'

/** Pairs of a network and an account. */
const MOST_PAIRS = 10_000
/** Failures of a pair within the window, after which its checks are slowed down. */
const ALLOWED_FAILURES = 5
/** Failures of a pair within the window that only a password guesser makes. */
const OBVIOUS_FAILURES = 100
/** Milliseconds. */
const WINDOW = 60_000
/** Milliseconds between two checks in the queue, which all slowed pairs share. */
const CHECK_INTERVAL = 1000
/** Checks in the queue. */
const MOST_WAITING = 5

/**
 * Slows down password guessing. Failures count for a pair of a client's network (an IPv4 address,
 * or the /64 of an IPv6 address) and the account that it tries.
 */
export class GuessLimits {
  readonly #failures: LRUCache<string, number>
  readonly #pending = new Map<string, Promise<unknown>>()
  #queue: Promise<void> = Promise.resolve()
  #waiting = 0
  #closed = false
  #endPause: () => void = () => undefined

  /** @param now milliseconds */
  constructor(now: () => number) {
    // The window begins with the first failure, and rejected attempts do not extend it.
    this.#failures = new LRUCache({
      max: MOST_PAIRS,
      ttl: WINDOW,
      noUpdateTTL: true,
      ttlResolution: 0,
      perf: { now },
    })
  }

  /**
   * Runs a password check, after a pause if the pair has failed too often, and counts a failure.
   * Identical checks at the same time are one check.
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
    const result = this.#attempt(pair, check).finally(() => this.#pending.delete(key))
    this.#pending.set(key, result)
    return result
  }

  /**
   * Rejects the checks in the queue and all that would have to wait: the process is about to end.
   */
  close(): void {
    this.#closed = true
    this.#endPause()
  }

  /**
   * Whether a pair has failed so often that cached passwords must be checked again: otherwise the
   * quick answer to a cached password would tell a guesser that it is right.
   */
  isGuessed(address: string, account: string): boolean {
    return this.#failures.size > 0 && this.#count(pairOf(address, account)) >= OBVIOUS_FAILURES
  }

  /** Counts a failure before the check, so that many guesses at the same time count as many. */
  async #attempt<T>(pair: string, check: () => Promise<T | undefined>): Promise<T | undefined> {
    const isLimited = this.#count(pair) >= ALLOWED_FAILURES
    this.#add(pair, 1)
    if (isLimited) await this.#waitInQueue()
    let isFailure = false
    try {
      const result = await check()
      isFailure = result === undefined
      return result
    } finally {
      if (!isFailure) this.#add(pair, -1)
    }
  }

  async #waitInQueue(): Promise<void> {
    if (this.#closed || this.#waiting >= MOST_WAITING) throw tooManyRequestsError(MOST_WAITING)
    this.#waiting++
    this.#queue = this.#queue.then(() => this.#pause())
    await this.#queue
    this.#waiting--
    if (this.#closed) throw tooManyRequestsError(MOST_WAITING)
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#closed ? 0 : CHECK_INTERVAL)
      this.#endPause = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #count(pair: string): number {
    return this.#failures.get(pair) ?? 0
  }

  #add(pair: string, more: number): void {
    const count = this.#count(pair) + more
    if (count > 0) this.#failures.set(pair, count)
    else this.#failures.delete(pair)
  }
}

/** A hash, so that long names of accounts take no memory. */
function pairOf(address: string, account: string): string {
  return createHash('sha256')
    .update(`${networkOf(address)} ${account}`)
    .digest('base64')
}

/**
 * The part of an address that belongs to one customer: an IPv4 address, or the /64 of an IPv6
 * address.
 */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.replace(/%.*$/, '').toLowerCase().split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  const missing = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length)
  const groups = [...front, ...Array.from({ length: missing }, () => '0'), ...back]
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}
