import { KIB } from '../../base/sizes.ts'
import type { BlobFacts } from '../read/facts.ts'

const MAX_ENTRIES = 64
/** Bytes of one entry, encoded. */
const MAX_BYTES = 16 * KIB

/**
 * Facts about blobs that were just pushed. The manifest that references them usually follows and is
 * checked at once; `take` forgets an entry, because later requests find the facts in the index.
 */
export class RecentFacts {
  readonly #files = new Map<string, BlobFacts>()

  /** @param size bytes of the encoded facts */
  add(repository: string, digest: string, file: BlobFacts, size: number): void {
    if (size > MAX_BYTES) return
    this.#files.set(keyOf(repository, digest), file)
    if (this.#files.size <= MAX_ENTRIES) return
    const [oldest = ''] = this.#files.keys()
    this.#files.delete(oldest)
  }

  take(repository: string, digest: string): { readonly file: BlobFacts } | undefined {
    const key = keyOf(repository, digest)
    const file = this.#files.get(key)
    if (!file) return undefined
    this.#files.delete(key)
    return { file }
  }
}

function keyOf(repository: string, digest: string): string {
  return `${repository} ${digest}`
}
