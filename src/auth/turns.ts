import { tooManyRequestsError } from './too-many-requests.ts'

export interface TurnLimits {
  /** Waiting jobs of one network. */
  readonly perNetwork: number
  /** Waiting jobs of all networks. */
  readonly total: number
  /** Seconds after which a client that was rejected should try again. */
  readonly retryAfter: number
}

interface Job {
  readonly start: () => Promise<void>
  readonly reject: (error: Error) => void
}

/**
 * Runs jobs one after the other. The networks that wait have their turns one after the other, too,
 * so that no network delays another by more than one job, however many it has. Where all places
 * are taken, the network with most of them loses its last one.
 */
export class Turns {
  readonly #limits: TurnLimits
  /** In the order of their next turns. */
  readonly #waiting = new Map<string, Job[]>()
  #size = 0
  #isBusy = false

  constructor(limits: TurnLimits) {
    this.#limits = limits
  }

  /**
   * Runs a job when it is its network's turn.
   * @throws RegistryError TOO_MANY_REQUESTS
   */
  run<T>(network: string, job: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#add(network, { start: async () => job().then(resolve, reject), reject })
      this.#next()
    })
  }

  /** Rejects all waiting jobs. */
  clear(): void {
    for (const job of [...this.#waiting.values()].flat()) job.reject(this.#rejection())
    this.#waiting.clear()
    this.#size = 0
  }

  #add(network: string, job: Job): void {
    const jobs = this.#waiting.get(network) ?? []
    if (jobs.length >= this.#limits.perNetwork) throw this.#rejection()
    if (this.#size >= this.#limits.total && !this.#makeRoom(jobs.length)) throw this.#rejection()
    jobs.push(job)
    this.#waiting.set(network, jobs)
    this.#size++
  }

  /** Takes a place from the network with most of them, if that has more than the new one would. */
  #makeRoom(others: number): boolean {
    const longest = [...this.#waiting.values()].reduce((one, other) =>
      other.length > one.length ? other : one,
    )
    if (longest.length <= others + 1) return false
    longest.pop()?.reject(this.#rejection())
    this.#size--
    return true
  }

  #next(): void {
    if (this.#isBusy) return
    const [first] = this.#waiting
    if (first === undefined) return
    const [network, jobs] = first
    const job = jobs.shift()!
    this.#size--
    // The network's next turn comes after those of all others.
    this.#waiting.delete(network)
    if (jobs.length > 0) this.#waiting.set(network, jobs)
    this.#isBusy = true
    void job.start().then(() => {
      this.#isBusy = false
      this.#next()
    })
  }

  #rejection(): Error {
    return tooManyRequestsError(this.#limits.retryAfter)
  }
}
