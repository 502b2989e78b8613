import { isIPv6 } from 'node:net'
import { LRUCache } from 'lru-cache'
import { tooMany } from './password-checks.ts'

const MOST_PAIRS = 10_000
/** Failures within the window that send a pair to the slow lane. */
const ALLOWED_FAILURES = 5
const WINDOW = 60_000
/** One check a second, for all limited pairs together. */
const PACE = 1000
const MOST_WAITING = 5

/** Slows down who guesses passwords: an address (of IPv6 its /64) together with the account it tries. */
export class GuessLimits {
  readonly #failures = new LRUCache<string, number>({ max: MOST_PAIRS, ttl: WINDOW })
  #lane: Promise<void> = Promise.resolve()
  #waiting = 0

  /**
   * Runs a password check when it is this pair's turn, and counts it if it fails.
   * @throws RegistryError TOO_MANY_REQUESTS
   */
  async guard<T>(
    address: string,
    account: string,
    check: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const pair = `${network(address)} ${account}`
    if ((this.#failures.get(pair) ?? 0) >= ALLOWED_FAILURES) await this.#slowLane()
    const result = await check()
    if (result === undefined) this.#failures.set(pair, (this.#failures.get(pair) ?? 0) + 1)
    return result
  }

  async #slowLane(): Promise<void> {
    if (this.#waiting >= MOST_WAITING) throw tooMany(MOST_WAITING)
    this.#waiting++
    this.#lane = this.#lane.then(
      () => new Promise((resolve) => void setTimeout(resolve, PACE).unref()),
    )
    await this.#lane
    this.#waiting--
  }
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
