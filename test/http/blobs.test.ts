import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { after, describe, it } from 'node:test'
import fc from 'fast-check'
import { expect, expectError, expectHeaders } from '../support/expected-answers.ts'
import { digest, image } from '../support/manifest-texts.ts'
import { pushBlob, pushImage, putManifest } from '../support/pushes.ts'
import { startTestServer } from '../support/server.ts'

const server = await startTestServer()
const fixed = await startTestServer({ 'delete.enabled': 'false' })
after(() => Promise.all([server.stop(), fixed.stop()]))

const bytes = createHash('sha512').update('2048').digest('hex').repeat(16).slice(0, 2048)
const blob = await pushBlob(server, 'blobs', bytes)
const path = `/v2/blobs/blobs/${blob}`
const unknown = digest('never pushed')

function headersOf(id: string, length: number): Record<string, string> {
  return {
    'content-type': 'application/octet-stream',
    'content-length': String(length),
    'docker-content-digest': id,
    etag: `"${id}"`,
    'accept-ranges': 'bytes',
  }
}

describe('GET and HEAD of a blob', () => {
  const sizes = [0, 1, 16 * 1024, 16 * 1024 + 1, 1024 * 1024, 3 * 1024 * 1024 + 1]
  for (const algorithm of ['sha256', 'sha512'])
    for (const size of sizes)
      it(`GET and HEAD of a blob send ${size} bytes under ${algorithm}, cold and warm`, async () => {
        const content = randomBytes(size)
        const id = await pushBlob(server, 'sizes', content, algorithm)
        const where = `/v2/sizes/blobs/${id}`
        const asked = expect(await server.head(where), 200)
        expectHeaders(asked, headersOf(id, size))
        assert.equal(asked.body.byteLength, 0)
        for (let reads = 0; reads < 3; reads++) {
          const got = expect(await server.get(where), 200)
          expectHeaders(got, headersOf(id, size))
          assert.ok(got.body.equals(content))
        }
        expectHeaders(expect(await server.head(where), 200), headersOf(id, size))
      })

  it('GET and HEAD of a blob are 404 for what is not there, also where another repository has it', async () => {
    await pushBlob(server, 'other', 'other bytes')
    expectError(await server.get(`/v2/other/blobs/${blob}`), 404, 'BLOB_UNKNOWN')
    expectError(await server.get(`/v2/blobs/blobs/${unknown}`), 404, 'BLOB_UNKNOWN')
    expectError(await server.get(`/v2/nobody/blobs/${unknown}`), 404, 'NAME_UNKNOWN')
    expect(await server.head(`/v2/blobs/blobs/${unknown}`), 404)
  })

  it('GET and HEAD of a blob are 400 for what is no digest', async () => {
    for (const bad of ['sha256:bad', 'latest', 'blake3:aa', `sha256:${'A'.repeat(64)}`, 'uploads'])
      expectError(await server.get(`/v2/blobs/blobs/${bad}`), 400, 'DIGEST_INVALID')
  })
})

describe('Range of a blob', () => {
  const cases: [range: string, start: number, end: number][] = [
    ['bytes=500-1499', 500, 1499],
    ['bytes=500-', 500, 2047],
    ['bytes=-500', 1548, 2047],
    ['bytes=2000-5000', 2000, 2047],
    ['bytes=0-0', 0, 0],
    ['bytes=-5000', 0, 2047],
    ['bytes=2047-', 2047, 2047],
  ]
  for (const [range, start, end] of cases)
    it(`Range of a blob ${range} is answered by 206`, async () => {
      const got = expect(await server.get(path, { Range: range }), 206)
      expectHeaders(got, {
        ...headersOf(blob, end - start + 1),
        'content-range': `bytes ${start}-${end}/2048`,
      })
      assert.equal(got.text, bytes.slice(start, end + 1))
    })

  for (const range of ['bytes=500-0', 'bytes=5000-10000', 'bytes=2048-', 'bytes=-0'])
    it(`Range of a blob ${range} is answered by 416`, async () => {
      const answer = await server.get(path, { Range: range })
      expectError(answer, 416, 'BLOB_UPLOAD_INVALID')
      expectHeaders(answer, {
        'content-type': 'application/json',
        'content-length': String(answer.body.byteLength),
        'content-range': 'bytes */2048',
      })
    })

  for (const range of ['bytes=0-1,5-6', 'items=0-1', 'bytes=x', 'bytes=', '0-5'])
    it(`Range of a blob ${range} is answered by the whole`, async () => {
      const got = expect(await server.get(path, { Range: range }), 200)
      expectHeaders(got, headersOf(blob, 2048))
      assert.equal(got.text, bytes)
    })

  it('Range of a blob applies where If-Range is the entity tag, and nowhere else', async () => {
    const ask = (value: string) => server.get(path, { Range: 'bytes=0-9', 'If-Range': value })
    expect(await ask(`"${blob}"`), 206)
    for (const value of [`"${unknown}"`, `W/"${blob}"`, blob, 'Wed, 21 Oct 2015 07:28:00 GMT'])
      assert.equal(expect(await ask(value), 200).text, bytes)
  })

  it('Range of a blob means nothing to HEAD, nor for a manifest', async () => {
    expectHeaders(
      expect(await server.head(path, { Range: 'bytes=0-9' }), 200),
      headersOf(blob, 2048),
    )
    await pushImage(server, 'blobs', 'v1')
    expect(await server.get('/v2/blobs/manifests/v1', { Range: 'bytes=0-9' }), 200)
  })

  it('Range of a blob puts pieces together to the whole, wherever they are cut, from memory and from a file', async () => {
    const large = randomBytes(3_000_000)
    const where = `/v2/blobs/blobs/${await pushBlob(server, 'blobs', large)}`
    const cuts = fc.uniqueArray(fc.nat(large.byteLength - 1), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(cuts, async (positions) => {
        const bounds = [...new Set([0, ...positions.toSorted((a, b) => a - b), large.byteLength])]
        const pieces = bounds.slice(1).map(async (end, at) => {
          const range = `bytes=${bounds[at]}-${end - 1}`
          return expect(await server.get(where, { Range: range }), 206).body
        })
        assert.ok(Buffer.concat(await Promise.all(pieces)).equals(large))
      }),
      { numRuns: 15 },
    )
  })
})

describe('DELETE of a blob', () => {
  it('DELETE of a blob removes it from this repository alone', async () => {
    const id = await pushBlob(server, 'left', 'shared')
    await pushBlob(server, 'right', 'shared')
    expectHeaders(expect(await server.delete(`/v2/left/blobs/${id}`), 202), {
      'content-length': '0',
    })
    expect(await server.head(`/v2/left/blobs/${id}`), 404)
    assert.equal(expect(await server.get(`/v2/right/blobs/${id}`), 200).text, 'shared')
    expect(await server.delete(`/v2/left/blobs/${id}`), 404)
    await pushBlob(server, 'left', 'shared')
    expect(await server.get(`/v2/left/blobs/${id}`), 200)
  })

  it('DELETE of a blob is refused while a manifest of the repository names it, which it tells', async () => {
    const id = await pushImage(server, 'used', 'v1')
    const layer = digest('layer')
    const answer = await server.delete(`/v2/used/blobs/${layer}`)
    assert.ok(expectError(answer, 409, 'DENIED').includes(id))
    const { detail } = answer.json<{ errors: { detail: unknown }[] }>().errors[0]!
    assert.deepEqual(detail, { manifest: id })
    expect(await server.get(`/v2/used/blobs/${layer}`), 200)
    expect(await server.delete(`/v2/used/manifests/${id}`), 202)
    expect(await server.delete(`/v2/used/blobs/${layer}`), 202)
    expect(await server.head(`/v2/used/blobs/${layer}`), 404)
  })

  it('DELETE of a blob works for sha512', async () => {
    const id = await pushBlob(server, 'left', 'long', 'sha512')
    await pushBlob(server, 'left', 'to keep the repository')
    expect(await server.delete(`/v2/left/blobs/${id}`), 202)
    expectError(await server.get(`/v2/left/blobs/${id}`), 404, 'BLOB_UNKNOWN')
  })

  it('DELETE of a blob is 404 or 400 for what is not there or cannot be', async () => {
    expectError(await server.delete(`/v2/blobs/blobs/${unknown}`), 404, 'BLOB_UNKNOWN')
    expectError(await server.delete(`/v2/nobody/blobs/${unknown}`), 404, 'NAME_UNKNOWN')
    expectError(await server.delete('/v2/blobs/blobs/sha256:bad'), 400, 'DIGEST_INVALID')
  })
})

describe('delete.enabled: false', () => {
  it('delete.enabled: false answers 405 to every delete of content, and changes nothing', async () => {
    const id = await pushImage(fixed, 'fixed', 'v1')
    const text = image({ layers: [] })
    await putManifest(fixed, 'fixed', 'v2', text)
    const content = ['manifests/v1', 'manifests/v2', `manifests/${id}`, `blobs/${digest('layer')}`]
    for (const item of content) {
      const answer = await fixed.delete(`/v2/fixed/${item}`)
      assert.match(expectError(answer, 405, 'UNSUPPORTED'), /delete\.enabled/)
      assert.match(
        String(answer.headers['allow']),
        item.startsWith('blobs') ? /^GET, HEAD$/ : /PUT/,
      )
      expect(await fixed.get(`/v2/fixed/${item}`), 200)
    }
  })

  it('delete.enabled: false lets uploads be cancelled all the same', async () => {
    const { headers } = await fixed.post('/v2/fixed/blobs/uploads/')
    expect(await fixed.delete(String(headers.location)), 204)
  })
})
