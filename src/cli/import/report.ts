import { inBytes } from '../bytes.ts'
import type { Call } from '../command.ts'

/** Milliseconds between two lines that say how far it is. */
const SAY = 5_000

interface Counts {
  manifests: number
  tags: number
  blobs: number
  bytes: number
}

/** What came of an import, told while it goes on. */
export class ImportReport {
  readonly moved: Counts = { manifests: 0, tags: 0, blobs: 0, bytes: 0 }
  /** What the tree has. */
  readonly found = { manifests: 0, tags: 0 }
  repositories = 0
  /** Things that are not moved because they are no good. */
  faults = 0
  /** Things that are left out on purpose. */
  skipped = 0
  readonly #print: Call['print']
  readonly #now: () => number
  #said: number
  #before: Counts = { ...this.moved }

  constructor(print: Call['print'], now: () => number = Date.now) {
    this.#print = print
    this.#now = now
    this.#said = now()
  }

  fault(what: string, why: string): void {
    this.faults++
    this.#print(`not moved: ${what}: ${why}\n`)
  }

  skip(what: string, why: string): void {
    this.skipped++
    this.#print(`left out: ${what}: ${why}\n`)
  }

  /** To be called now and again. */
  goesOn(repository: string): void {
    if (this.#now() - this.#said < SAY) return
    this.#said = this.#now()
    this.#print(`${repository}: ${told(minus(this.moved, this.#before))} so far\n`)
  }

  endOf(repository: string): void {
    this.repositories++
    const moved = minus(this.moved, this.#before)
    this.#before = { ...this.moved }
    const { manifests, tags, blobs } = moved
    if (manifests + tags + blobs > 0) this.#print(`${repository}: ${told(moved)}\n`)
  }

  #hasMoved(): boolean {
    const { manifests, tags, blobs } = this.moved
    return manifests + tags + blobs > 0
  }

  /** The last words. */
  end(): void {
    const { found, repositories, skipped, faults } = this
    this.#print(
      [
        `${repositories} repositories with ${found.manifests} manifests and ${found.tags} tags: ${this.#hasMoved() ? `${told(this.moved)} moved` : 'nothing had to be moved'}`,
        ...(skipped > 0 ? [`${skipped} left out`] : []),
        ...(faults > 0 ? [`${faults} not moved, see above`] : []),
      ].join('; '),
    )
    this.#print('\n')
  }
}

function minus(one: Counts, other: Counts): Counts {
  return {
    manifests: one.manifests - other.manifests,
    tags: one.tags - other.tags,
    blobs: one.blobs - other.blobs,
    bytes: one.bytes - other.bytes,
  }
}

function told({ manifests, tags, blobs, bytes }: Counts): string {
  return `${manifests} manifests, ${tags} tags, ${blobs} blobs (${inBytes(bytes)})`
}
