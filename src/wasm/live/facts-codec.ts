import { FACTS_BYTES } from '../read/bounds.ts'
import { READER_VERSION } from '../read/facts.ts'
import type { LayerFacts } from '../report/inspect-artifact.ts'

/**
 * Facts as the registry keeps them beside a blob: JSON of at most {@link FACTS_BYTES}; undefined if
 * there are more.
 */
export function encodeFacts(facts: LayerFacts): Uint8Array | undefined {
  const bytes = Buffer.from(JSON.stringify(facts))
  return bytes.length <= FACTS_BYTES ? bytes : undefined
}

/** Leaves out facts that another version of the reader found. */
export function decodeFacts(bytes: Uint8Array | undefined): LayerFacts {
  if (!bytes) return {}
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
  // Wasmoor 0.1 wrote `hostHints` under another name.
  const { file, archive } = JSON.parse(text, (_key, value: unknown) =>
    isOld(value) ? { ...value, hostHints: value.telltales } : value,
  ) as LayerFacts
  return {
    ...(file?.reader === READER_VERSION && { file }),
    ...(archive?.reader === READER_VERSION && { archive }),
  }
}

function isOld(value: unknown): value is { telltales: unknown } {
  return typeof value === 'object' && value !== null && 'telltales' in value
}
