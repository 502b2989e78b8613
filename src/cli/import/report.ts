import type { Call } from '../command.ts'
import { formatBytes } from '../format-bytes.ts'
import { terminalText } from '../terminal-text.ts'

/** Milliseconds between two lines of progress. */
const PROGRESS_INTERVAL = 5_000

interface Counts {
  manifests: number
  tags: number
  blobs: number
  bytes: number
}

/** Counts the results of an import and prints them as it proceeds. */
export class ImportReport {
  readonly imported: Counts = { manifests: 0, tags: 0, blobs: 0, bytes: 0 }
  /** In the tree. */
  readonly found = { manifests: 0, tags: 0 }
  repositories = 0
  /** Things that could not be imported. */
  failed = 0
  /** Things that are left out on purpose. */
  skipped = 0
  readonly #print: Call['print']
  readonly #now: () => number
  #printedAt: number
  /** `imported` at the beginning of the repository. */
  #before: Counts = { ...this.imported }

  constructor(print: Call['print'], now: () => number = Date.now) {
    this.#print = print
    this.#now = now
    this.#printedAt = now()
  }

  fail(what: string, why: string): void {
    this.failed++
    this.#line(`not imported: ${what}: ${why}`)
  }

  skip(what: string, why: string): void {
    this.skipped++
    this.#line(`skipped: ${what}: ${why}`)
  }

  /** Prints progress if the last line is old enough: call it often. */
  progress(repository: string): void {
    if (this.#now() - this.#printedAt < PROGRESS_INTERVAL) return
    this.#printedAt = this.#now()
    this.#line(`${repository}: ${formatCounts(subtract(this.imported, this.#before))} so far`)
  }

  endRepository(repository: string): void {
    this.repositories++
    const counts = subtract(this.imported, this.#before)
    this.#before = { ...this.imported }
    if (!isEmpty(counts)) this.#line(`${repository}: ${formatCounts(counts)}`)
  }

  /** Prints the summary. */
  end(): void {
    const { found, repositories, skipped, failed, imported } = this
    const result = isEmpty(imported) ? 'nothing to import' : `imported ${formatCounts(imported)}`
    const parts = [
      `${repositories} repositories with ${found.manifests} manifests and ${found.tags} tags: ${result}`,
      ...(skipped > 0 ? [`skipped ${skipped}`] : []),
      ...(failed > 0 ? [`${failed} not imported, see above`] : []),
    ]
    this.#line(parts.join('; '))
  }

  /** Names in a tree can have any character. */
  #line(text: string): void {
    this.#print(`${terminalText(text)}\n`)
  }
}

function isEmpty({ manifests, tags, blobs }: Counts): boolean {
  return manifests + tags + blobs === 0
}

function subtract(one: Counts, other: Counts): Counts {
  return {
    manifests: one.manifests - other.manifests,
    tags: one.tags - other.tags,
    blobs: one.blobs - other.blobs,
    bytes: one.bytes - other.bytes,
  }
}

function formatCounts({ manifests, tags, blobs, bytes }: Counts): string {
  return `${manifests} manifests, ${tags} tags, ${blobs} blobs (${formatBytes(bytes)})`
}
