import type { UploadRecord } from '../../../storage/index/uploads.ts'
import { RegistryError } from '../../oci/errors.ts'

/** The caller that opens a session. */
export type UploadStarter = Pick<UploadRecord, 'owner' | 'network'>

/**
 * Counts the open sessions of each account, and of each network for callers without one. Each can
 * have as many as remain free, so that none takes all of them and there is room for a newcomer.
 */
export class SessionShares {
  readonly #limit: number
  readonly #counts = new Map<string, number>()
  #total = 0

  /** @param limit sessions of all together */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** @throws RegistryError TOO_MANY_REQUESTS */
  take(starter: UploadStarter): void {
    const own = this.#counts.get(nameOf(starter)) ?? 0
    const free = this.#limit - this.#total
    if (free <= 0) throw tooManyUploadsError('too many uploads are unfinished')
    if (own >= free) {
      const whose = starter.owner === '' ? 'your network' : `the account ${starter.owner}`
      throw tooManyUploadsError(
        `there are ${own} unfinished uploads of ${whose}, and as many have to be left for others`,
      )
    }
    this.add(starter)
  }

  /** Counts a session whether or not there is room. */
  add(starter: UploadStarter): void {
    const name = nameOf(starter)
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
    this.#total++
  }

  /** Counts a session as ended. */
  giveBack(starter: UploadStarter): void {
    const name = nameOf(starter)
    const left = (this.#counts.get(name) ?? 0) - 1
    if (left > 0) this.#counts.set(name, left)
    else this.#counts.delete(name)
    this.#total--
  }
}

function nameOf({ owner, network = '' }: UploadStarter): string {
  return owner === '' ? `network ${network}` : `account ${owner}`
}

function tooManyUploadsError(reason: string): RegistryError {
  return new RegistryError(
    'TOO_MANY_REQUESTS',
    `${reason}: finish or cancel some, or try again later`,
    { headers: { 'Retry-After': '60' } },
  )
}
