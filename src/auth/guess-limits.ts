import { createHash } from 'node:crypto'
import { isIPv6 } from 'node:net'
import { LRUCache } from 'lru-cache'
import { tooMany } from './password-checks.ts'

const MOST_PAIRS = 10_000
/** Failures within the window that send a pair to the slow lane. */
const ALLOWED_FAILURES = 5
/** Failures within the window that nobody but a guesser makes. */
const OBVIOUS_FAILURES = 100
const WINDOW = 60_000
/** One check a second, for all limited pairs together. */
const PACE = 1000
const MOST_WAITING = 5

/** Slows down who guesses passwords: an address (of IPv6 its /64) together with the account it tries. */
export class GuessLimits {
  readonly #failures: LRUCache<string, number>
  readonly #pending = new Map<string, Promise<unknown>>()
  #lane: Promise<void> = Promise.resolve()
  #waiting = 0
  #closed = false
  #skip: () => void = () => undefined

  /** @param now milliseconds */
  constructor(now: () => number) {
    // The window begins with the first failure: those who are turned away do not make it longer by trying again.
    this.#failures = new LRUCache({
      max: MOST_PAIRS,
      ttl: WINDOW,
      noUpdateTTL: true,
      ttlResolution: 0,
      perf: { now },
    })
  }

  /**
   * Runs a password check when it is this pair's turn, and counts it unless it is right. The same check asked for again
   * meanwhile is one check.
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

  /** Turns away who waits, and who would have to: the process is about to end. */
  close(): void {
    this.#closed = true
    this.#skip()
  }

  /**
   * Whether so much is guessed that passwords checked before must be checked again like all others: else a guess
   * that is among them would be told at full speed.
   */
  isGuessed(address: string, account: string): boolean {
    return this.#failures.size > 0 && this.#count(pairOf(address, account)) >= OBVIOUS_FAILURES
  }

  /** Counts before it is known to fail: many guesses at once are many, too. */
  async #attempt<T>(pair: string, check: () => Promise<T | undefined>): Promise<T | undefined> {
    const isLimited = this.#count(pair) >= ALLOWED_FAILURES
    this.#add(pair, 1)
    if (isLimited) await this.#slowLane()
    let isFailure = false
    try {
      const result = await check()
      isFailure = result === undefined
      return result
    } finally {
      if (!isFailure) this.#add(pair, -1)
    }
  }

  async #slowLane(): Promise<void> {
    if (this.#closed || this.#waiting >= MOST_WAITING) throw tooMany(MOST_WAITING)
    this.#waiting++
    this.#lane = this.#lane.then(() => this.#pause())
    await this.#lane
    this.#waiting--
    if (this.#closed) throw tooMany(MOST_WAITING)
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#closed ? 0 : PACE)
      this.#skip = () => {
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

/** Of one length, however long the name is that somebody tries. */
function pairOf(address: string, account: string): string {
  return createHash('sha256')
    .update(`${network(address)} ${account}`)
    .digest('base64')
}

/** The part of an address that one household or machine holds. */
export function network(address: string): string {
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
