import { verify as verifyBcrypt } from '@node-rs/bcrypt'
import { networkOf } from './network.ts'
import { Turns } from './turns.ts'

export interface PasswordCheck {
  /** The user name that was sent, whether or not there is such an account. */
  readonly name: string
  readonly password: string
  /** The bcrypt hash to compare the password with. */
  readonly hash: string
  /** Address of the client. */
  readonly address: string
}

/**
 * Runs bcrypt checks one after the other, because each occupies a thread of the pool that also
 * reads and writes files for tens of milliseconds. The networks of the clients have their turns one
 * after the other. Identical checks at the same time are one check; too many are rejected.
 */
export class PasswordChecks {
  readonly #verify: (password: string, hash: string) => Promise<boolean>
  readonly #pending = new Map<string, Promise<boolean>>()
  readonly #turns = new Turns({ perNetwork: 8, total: 64, retryAfter: 1 })

  constructor(verify: (password: string, hash: string) => Promise<boolean> = verifyBcrypt) {
    this.#verify = verify
  }

  /** @throws RegistryError TOO_MANY_REQUESTS */
  check({ name, password, hash, address }: PasswordCheck): Promise<boolean> {
    // bcrypt would ignore everything after a NUL.
    if (password.includes('\0')) return Promise.resolve(false)
    // With the name: if the checks of all unknown users were one, their time would tell them apart.
    const key = JSON.stringify([name, hash, password])
    const pending = this.#pending.get(key)
    if (pending) return pending
    const result = this.#turns
      .run(networkOf(address), () => this.#verify(password, hash))
      .finally(() => this.#pending.delete(key))
    this.#pending.set(key, result)
    return result
  }
}
