import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createGzip, gzipSync } from 'node:zlib'
import { Readable } from 'node:stream'
import { readArchive } from '../../../../src/wasm/read/archive/read-archive.ts'
import { digest } from '../../../support/manifest-texts.ts'
import { filter } from '../../build/conventions.ts'
import { read } from '../../build/read.ts'
import { tar } from '../../build/tar.ts'

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const image = gzipSync(
  tar({ name: 'README', data: 'x'.repeat(5000) }, { name: 'plugin.wasm', data: filter }),
)

describe('an archive', () => {
  it('an archive is unpacked in pieces until the module is found', async () => {
    for (const size of [1, 100, image.length]) {
      const { outcome, plugin } = await readArchive(inPieces(image, size))
      assert.equal(outcome, 'found')
      assert.deepEqual(plugin?.facts, read(filter))
      assert.equal(`sha256:${plugin?.sha256}`, digest(filter))
    }
  })

  it('a damaged archive is reported with the error of its consumers', async () => {
    const cut = await readArchive(inPieces(image.subarray(0, 60), 7))
    assert.deepEqual([cut.outcome, cut.detail], ['unreadable', 'unexpected EOF'])
    const wrong = await readArchive(inPieces(Buffer.from([0x1f, 0x8b, 9, 0, 0, 0, 0, 0, 0, 0]), 3))
    assert.deepEqual([wrong.outcome, wrong.detail], ['unreadable', 'gzip: invalid header'])
  })

  it('an archive that is a bomb is left after 256 MiB', async () => {
    const zeros = Buffer.alloc(1 << 20)
    let given = 0
    const endless = Readable.from(
      (function* () {
        for (; given < 1024; given++) yield zeros
      })(),
    )
    const header = tar({ name: 'filler', data: '', size: 2 ** 40 }).subarray(0, 512)
    const bomb = createGzip({ level: 1 })
    bomb.write(header)
    const { outcome, unpacked } = await readArchive(endless.pipe(bomb) as AsyncIterable<Uint8Array>)
    assert.equal(outcome, 'unreadable')
    assert.ok(unpacked <= 256 << 20, `${unpacked} bytes`)
    assert.ok(given < 1024, 'it was unpacked to its end')
    endless.destroy()
    bomb.destroy()
  })
})
