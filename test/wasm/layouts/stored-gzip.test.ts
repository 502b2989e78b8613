import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { storedGzip, storedGzipSize, WrongLength } from '../../../src/wasm/layouts/stored-gzip.ts'
import { inPieces, whole } from './made.ts'

const BLOCK = 0xffff

describe('a gzip that compresses nothing', () => {
  for (const size of [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 200_000]) {
    it(`a gzip that compresses nothing is what zlib unpacks, for ${size} bytes`, async () => {
      const bytes = Uint8Array.from({ length: size }, (_, at) => (at * 7) & 0xff)
      const packed = await whole(storedGzip(size, inPieces(bytes, 1000)))
      assert.deepEqual(gunzipSync(packed), Buffer.from(bytes))
      assert.equal(packed.length, storedGzipSize(size))
      assert.deepEqual([...packed.subarray(0, 10)], [31, 139, 8, 0, 0, 0, 0, 0, 0, 255])
    })
  }

  it('a gzip that compresses nothing has the same bytes for every division into pieces', async () => {
    const bytes = Uint8Array.from({ length: 140_000 }, (_, at) => (at >> 3) & 0xff)
    const expected = await whole(storedGzip(bytes.length, inPieces(bytes, bytes.length)))
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 50, max: 140_000 }), async (length) => {
        const packed = await whole(storedGzip(bytes.length, inPieces(bytes, length)))
        assert.ok(packed.equals(expected))
      }),
      { numRuns: 50 },
    )
  })

  it('a gzip that compresses nothing is refused for another number of bytes than was said', async () => {
    for (const said of [9, 11]) {
      await assert.rejects(
        whole(storedGzip(said, inPieces(new Uint8Array(10), 4))),
        WrongLength,
        `${said}`,
      )
    }
  })
})
