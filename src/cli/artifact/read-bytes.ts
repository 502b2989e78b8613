import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createGunzip } from 'node:zlib'
import type { BlobFacts } from '../../wasm/reader/facts.ts'
import { WasmReader } from '../../wasm/reader/wasm-reader.ts'
import { gzipFailure } from '../../wasm/tar/gzip-failure.ts'
import { type ArchiveFacts, PluginArchive } from '../../wasm/tar/plugin-archive.ts'

export type Pieces = AsyncIterable<Uint8Array>

export interface FileFacts {
  readonly facts: BlobFacts
  /** Hex digits. */
  readonly sha256: string
}

/** What a file is, and its hash. */
export async function readFileFacts(pieces: Pieces): Promise<FileFacts> {
  const reader = new WasmReader()
  const hash = createHash('sha256')
  for await (const piece of pieces) {
    reader.update(piece)
    hash.update(piece)
  }
  return { facts: reader.finish(), sha256: hash.digest('hex') }
}

/** What a gzipped tar has for those who look for `plugin.wasm` in it; no more of it is unpacked than that takes. */
export async function readArchive(pieces: Pieces): Promise<ArchiveFacts> {
  const walking = new PluginArchive()
  const gunzip = createGunzip()
  let failure: string | undefined
  const ended = new Promise<void>((resolve) => {
    gunzip.once('end', resolve).once('close', resolve)
    gunzip.once('error', (error) => {
      failure = gzipFailure(error.message)
      resolve()
    })
  })
  gunzip.on('data', (piece: Buffer) => {
    walking.update(piece)
    if (walking.done) gunzip.destroy()
  })
  for await (const piece of pieces) {
    if (gunzip.destroyed) break
    if (!gunzip.write(piece)) await Promise.race([once(gunzip, 'drain').catch(() => {}), ended])
  }
  if (!gunzip.destroyed) gunzip.end()
  await ended
  return walking.finish(failure)
}
