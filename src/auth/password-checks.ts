import { verify as verifyBcrypt } from '@node-rs/bcrypt'
import { RegistryError } from '../oci/errors.ts'

/** Checks that run or wait. */
const MOST_PENDING = 64

/**
 * Runs bcrypt checks one after the other, because each occupies a thread of the pool that also
 * reads and writes files for tens of milliseconds. Identical checks at the same time are one check;
 * too many pending checks are rejected.
 */
export class PasswordChecks {
  readonly #verify: (password: string, hash: string) => Promise<boolean>
  readonly #pending = new Map<string, Promise<boolean>>()
  #last: Promise<unknown> = Promise.resolve()

  constructor(verify: (password: string, hash: string) => Promise<boolean> = verifyBcrypt) {
    this.#verify = verify
  }

  /** @throws RegistryError TOO_MANY_REQUESTS */
  check(password: string, hash: string): Promise<boolean> {
    // bcrypt would ignore everything after a NUL.
    if (password.includes('\0')) return Promise.resolve(false)
    const key = JSON.stringify([hash, password])
    const pending = this.#pending.get(key)
    if (pending) return pending
    if (this.#pending.size >= MOST_PENDING) throw tooManyRequestsError(1)
    const result = this.#last.then(() => this.#verify(password, hash))
    this.#last = result.catch(() => undefined)
    this.#pending.set(key, result)
    const done = () => this.#pending.delete(key)
    result.then(done, done)
    return result
  }
}

/** @param seconds until the client should try again */
export function tooManyRequestsError(seconds: number): RegistryError {
  return new RegistryError(
    'TOO_MANY_REQUESTS',
    'too many passwords are being checked: try again later',
    {
      headers: { 'Retry-After': String(seconds) },
    },
  )
}
