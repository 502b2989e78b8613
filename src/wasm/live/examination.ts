import type { BlobFacts } from '../read/facts.ts'
import { WasmReader } from '../read/wasm-reader.ts'
import type { ArchiveFacts } from '../read/archive/plugin-archive.ts'
import { readArchive } from '../read/archive/read-archive.ts'

/** How bytes can be looked at: as a file, or as a gzipped tar. */
export interface Examinations {
  file: BlobFacts
  archive: ArchiveFacts
}

export type Examination = keyof Examinations

/** To the worker: begin with another blob; its next bytes, or none where it ends. */
export type Order = { readonly examine: Examination } | { readonly piece: Uint8Array | undefined }
/** From the worker: it wants more bytes; it has found what there is. */
export type Report = 'more' | { readonly facts: BlobFacts | ArchiveFacts }

export function examine(
  how: Examination,
  pieces: AsyncIterable<Uint8Array>,
): Promise<BlobFacts | ArchiveFacts> {
  return how === 'archive' ? readArchive(pieces) : readFile(pieces)
}

async function readFile(pieces: AsyncIterable<Uint8Array>): Promise<BlobFacts> {
  const reader = new WasmReader()
  for await (const piece of pieces) reader.update(piece)
  return reader.finish()
}
