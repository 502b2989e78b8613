import type { ServerResponse } from 'node:http'
import type { ByteBudget, Hold } from '../base/byte-budget.ts'
import { RegistryError } from '../oci/errors.ts'

/** Milliseconds that a request waits for memory. */
const PATIENCE = 30_000

/** The memory that one request holds, from its first need until its answer is out. */
export class RequestMemory {
  readonly #budget: ByteBudget
  readonly #response: ServerResponse
  #hold: Hold | undefined

  constructor(budget: ByteBudget, response: ServerResponse) {
    this.#budget = budget
    this.#response = response
  }

  /** Changes the number of bytes, if any are held. */
  shrink(bytes: number): void {
    this.#hold?.resize(bytes)
  }

  /**
   * Waits until the bytes are free. Later calls only change the number of bytes: a request that
   * waited while it holds memory could wait for itself.
   * @param holder the account or network that has to share with others
   * @throws RegistryError UNAVAILABLE after half a minute, Error if the client has left
   */
  async hold(holder: string, bytes: number): Promise<void> {
    if (this.#hold) {
      this.#hold.resize(bytes)
      return
    }
    const leaving = new AbortController()
    const late = setTimeout(() => leaving.abort(busyError()), PATIENCE).unref()
    const left = () => leaving.abort(new Error('the client has left'))
    this.#response.once('close', left)
    try {
      const hold = await this.#budget.hold(holder, bytes, leaving.signal)
      this.#hold = hold
      if (this.#response.closed) hold.release()
      else this.#response.once('close', () => hold.release())
    } finally {
      clearTimeout(late)
      this.#response.off('close', left)
    }
  }
}

function busyError(): RegistryError {
  return new RegistryError(
    'UNAVAILABLE',
    'the registry answers as many large requests as it has memory for: try again',
    { headers: { 'Retry-After': '5' } },
  )
}
