import { createHash } from 'node:crypto'
import type { BlobFacts } from '../../wasm/read/facts.ts'
import { WasmReader } from '../../wasm/read/wasm-reader.ts'

export type Pieces = AsyncIterable<Uint8Array>

export interface FileFacts {
  readonly facts: BlobFacts
  /** Hex digits. */
  readonly sha256: string
}

/** Facts about the bytes of a file, and their hash. */
export async function readFileFacts(pieces: Pieces): Promise<FileFacts> {
  const reader = new WasmReader()
  const hash = createHash('sha256')
  for await (const piece of pieces) {
    reader.update(piece)
    hash.update(piece)
  }
  return { facts: reader.finish(), sha256: hash.digest('hex') }
}
