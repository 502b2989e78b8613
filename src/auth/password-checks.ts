import { verify as verifyBcrypt } from '@node-rs/bcrypt'
import { RegistryError } from '../oci/errors.ts'

const MOST_WAITING = 64

/**
 * bcrypt, one check at a time: each keeps a thread of the pool that also serves every file and fsync busy for tens of
 * milliseconds. The same check asked for again while it waits is one check; too many waiting are turned away.
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
    // bcrypt would take what stands before a NUL for the whole.
    if (password.includes('\0')) return Promise.resolve(false)
    const key = JSON.stringify([hash, password])
    const pending = this.#pending.get(key)
    if (pending) return pending
    if (this.#pending.size >= MOST_WAITING) throw tooMany(1)
    const result = this.#last.then(() => this.#verify(password, hash))
    this.#last = result.catch(() => undefined)
    this.#pending.set(key, result)
    const done = () => this.#pending.delete(key)
    result.then(done, done)
    return result
  }
}

export function tooMany(seconds: number): RegistryError {
  return new RegistryError(
    'TOO_MANY_REQUESTS',
    'too many passwords are being checked: try again later',
    {
      headers: { 'Retry-After': String(seconds) },
    },
  )
}
