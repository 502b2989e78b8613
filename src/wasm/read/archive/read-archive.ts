import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createGunzip } from 'node:zlib'
import { gzipFailure } from './gzip-failure.ts'
import { type ArchiveFacts, PluginArchive } from './plugin-archive.ts'

/** Finds `plugin.wasm` in a gzipped tar, which is unpacked only as far as that takes. */
export async function readArchive(pieces: AsyncIterable<Uint8Array>): Promise<ArchiveFacts> {
  const hash = createHash('sha256')
  const walking = new PluginArchive((piece) => hash.update(piece))
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
  const facts = walking.finish(failure)
  if (!facts.plugin) return facts
  return { ...facts, plugin: { ...facts.plugin, sha256: hash.digest('hex') } }
}
