import type { BlobFacts } from '../read/facts.ts'

/** Blobs whose facts stay in memory, and bytes of each as they are kept. */
const MOST = 64
const LARGEST = 16 << 10

/**
 * Facts of blobs that have just come into a repository, for the first who asks: mostly the manifest that names them is judged
 * right after. Whoever asks next finds them in the Index; to hold them for longer would only be more to clear away.
 */
export class FreshFacts {
  readonly #files = new Map<string, BlobFacts>()

  /** @param size bytes of the facts as they are kept */
  add(repository: string, digest: string, file: BlobFacts, size: number): void {
    if (size > LARGEST) return
    this.#files.set(keyOf(repository, digest), file)
    if (this.#files.size <= MOST) return
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
