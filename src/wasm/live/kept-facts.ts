import { FACTS_BYTES } from '../read/bounds.ts'
import { type BlobFacts, READER_VERSION } from '../read/facts.ts'
import type { ArchiveFacts } from '../read/archive/plugin-archive.ts'

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
