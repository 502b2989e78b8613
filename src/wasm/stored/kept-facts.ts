import { FACTS_BYTES } from '../reader/bounds.ts'
import { type BlobFacts, READER_VERSION } from '../reader/facts.ts'
import type { ArchiveFacts } from '../tar/plugin-archive.ts'

/** What is known of one blob, as the registry keeps it for us: JSON of at most {@link FACTS_BYTES}. */
export interface KeptFacts {
  /** By the blob's own bytes. */
  readonly file?: BlobFacts
  /** By what is packed in it. */
  readonly archive?: ArchiveFacts
}

/** Undefined if they are more than is kept. */
export function encodeFacts(facts: KeptFacts): Uint8Array | undefined {
  const bytes = Buffer.from(JSON.stringify(facts))
  return bytes.length <= FACTS_BYTES ? bytes : undefined
}

/** Nothing of what another version of the reader found. */
export function decodeFacts(bytes: Uint8Array | undefined): KeptFacts {
  if (!bytes) return {}
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
  const { file, archive } = JSON.parse(text) as KeptFacts
  return {
    ...(file?.reader === READER_VERSION && { file }),
    ...(archive?.reader === READER_VERSION && { archive }),
  }
}

/** Blobs whose facts stay in memory, and bytes of each as they are kept. */
const MOST_FRESH = 64
const LARGEST_FRESH = 16 << 10

/**
 * Facts of blobs that have just come, by digest, for the first who asks: mostly the manifest that names them is judged right
 * after. They follow from the bytes, wherever those are.
 */
export class FreshFacts {
  readonly #facts = new Map<string, KeptFacts>()

  /** @param size bytes of them as they are kept */
  add(digest: string, facts: KeptFacts, size: number): void {
    if (size > LARGEST_FRESH) return
    this.#facts.set(digest, facts)
    if (this.#facts.size <= MOST_FRESH) return
    const [oldest = ''] = this.#facts.keys()
    this.#facts.delete(oldest)
  }

  /** Whoever asks next finds them in the Index: kept for longer they would only be more to clear away. */
  take(digest: string): KeptFacts | undefined {
    const facts = this.#facts.get(digest)
    if (facts) this.#facts.delete(digest)
    return facts
  }
}
