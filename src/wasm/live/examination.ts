import type { Examination } from '../model/examination-scope.ts'
import type { BlobFacts } from '../read/facts.ts'
import { WasmReader } from '../read/wasm-reader.ts'
import type { ArchiveFacts } from '../read/archive/plugin-archive.ts'
import { readArchive } from '../read/archive/read-archive.ts'

/** The result of each kind of examination. */
export interface ExaminationResults {
  file: BlobFacts
  archive: ArchiveFacts
}

/** To the worker: begin with another blob; its next bytes, or undefined at its end. */
export type WorkerRequest =
  { readonly examine: Examination } | { readonly piece: Uint8Array | undefined }
/** From the worker: it wants more bytes, or is done. */
export type WorkerReply = 'more' | { readonly facts: BlobFacts | ArchiveFacts }

export function examine(
  examination: Examination,
  pieces: AsyncIterable<Uint8Array>,
): Promise<BlobFacts | ArchiveFacts> {
  return examination === 'archive' ? readArchive(pieces) : readFile(pieces)
}

async function readFile(pieces: AsyncIterable<Uint8Array>): Promise<BlobFacts> {
  const reader = new WasmReader()
  for await (const piece of pieces) reader.update(piece)
  return reader.finish()
}
