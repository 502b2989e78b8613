import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { LRUCache } from 'lru-cache'

/** A request as its proof names it. */
export interface ProvenRequest {
  readonly method: string
  /** The request target, with its query. */
  readonly path: string
}

/** Milliseconds for which a proof is good, before and after its time. */
const LIFETIME = 60_000
const MOST_REMEMBERED = 100_000
const PROOF = /^wsmproof_(\d{1,16})_([\w-]{22})_([\w-]{43})$/

/**
 * A password for one request that proves knowledge of the admin key without containing it: another
 * program that listens on the server's port can at most pass this request on.
 * @param now milliseconds since 1970
 */
export function operatorProof(key: string, request: ProvenRequest, now: number): string {
  const nonce = randomBytes(16).toString('base64url')
  return `wsmproof_${now}_${nonce}_${macOf(key, request, `${now}`, nonce).toString('base64url')}`
}

/** Checks the proofs of operators, each of which is good once. */
export class OperatorProofs {
  readonly #key: string
  readonly #now: () => number
  readonly #used = new LRUCache<string, true>({ max: MOST_REMEMBERED, ttl: 2 * LIFETIME })

  constructor(key: string, now: () => number) {
    this.#key = key
    this.#now = now
  }

  /** Whether a password is a proof for this request that was not used before. */
  accept(password: string, request: ProvenRequest): boolean {
    const [, time = '', nonce = '', mac = ''] = PROOF.exec(password) ?? []
    if (mac === '' || Math.abs(this.#now() - Number(time)) > LIFETIME) return false
    const expected = macOf(this.#key, request, time, nonce)
    const given = Buffer.from(mac, 'base64url')
    if (given.byteLength !== expected.byteLength || !timingSafeEqual(given, expected)) return false
    if (this.#used.has(nonce)) return false
    this.#used.set(nonce, true)
    return true
  }
}

function macOf(key: string, { method, path }: ProvenRequest, time: string, nonce: string): Buffer {
  return createHmac('sha256', key).update(`${time} ${nonce} ${method} ${path}`).digest()
}
