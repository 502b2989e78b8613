import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, describe, it } from 'node:test'
import fc from 'fast-check'
import { expect, expectError, expectHeaders } from '../support/expected-answers.ts'
import { digest } from '../support/manifest-texts.ts'
import { openUpload } from '../support/pushes.ts'
import type { Answer } from '../support/requests.ts'
import { startTestServer } from '../support/server.ts'

const server = await startTestServer({ 'limits.blobSize': '8MiB' })
const crowded = await startTestServer({ 'limits.uploadSessions': '3' })
after(() => Promise.all([server.stop(), crowded.stop()]))

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** Fails unless the answer tells where a session of the repository is. */
function expectSession(answer: Answer, status: number, received: number): string {
  expect(answer, status)
  const location = String(answer.headers.location)
  const id = location.slice('/v2/up/blobs/uploads/'.length)
  assert.match(id, UUID)
  expectHeaders(answer, {
    location: `/v2/up/blobs/uploads/${id}`,
    range: `0-${Math.max(0, received - 1)}`,
    'docker-upload-uuid': id,
    ...(status !== 204 && { 'content-length': '0' }),
  })
  return location
}

function expectCreated(answer: Answer, id: string): void {
  expectHeaders(expect(answer, 201), {
    'content-length': '0',
    location: `/v2/up/blobs/${id}`,
    'docker-content-digest': id,
  })
}

const range = (start: number, length: number) => ({
  'Content-Range': `${start}-${start + length - 1}`,
})

async function expectBlob(id: string, content: Uint8Array): Promise<void> {
  const got = expect(await server.get(`/v2/up/blobs/${id}`), 200)
  assert.ok(got.body.equals(content))
}

describe('a blob in one POST', () => {
  for (const algorithm of ['sha256', 'sha512'])
    for (const size of [0, 1, 100_000])
      it(`a blob in one POST of ${size} bytes, by ${algorithm}`, async () => {
        const content = randomBytes(size)
        const id = digest(content, algorithm)
        expectCreated(
          await server.post(`/v2/up/blobs/uploads/?digest=${id}`, { body: content }),
          id,
        )
        await expectBlob(id, content)
        expectCreated(await server.post(`/v2/up/blobs/uploads?digest=${id}`, { body: content }), id)
      })

  it('a blob in one POST may be sent in chunks of the transfer coding', async () => {
    const chunks = [randomBytes(10), randomBytes(70_000), randomBytes(1)]
    const id = digest(Buffer.concat(chunks))
    expectCreated(await server.post(`/v2/up/blobs/uploads/?digest=${id}`, { body: chunks }), id)
    await expectBlob(id, Buffer.concat(chunks))
  })

  it('a blob in one POST is refused with other bytes than the digest says, and stores nothing', async () => {
    const id = digest('expected')
    const answer = await server.post(`/v2/up/blobs/uploads/?digest=${id}`, { body: 'sent' })
    assert.ok(expectError(answer, 400, 'DIGEST_INVALID').includes(digest('sent')))
    for (const each of [id, digest('sent')]) expect(await server.head(`/v2/up/blobs/${each}`), 404)
  })

  it('a blob in one POST is refused with a digest that is none', async () => {
    for (const bad of ['sha256:bad', '', 'latest', `blake3:${'a'.repeat(64)}`])
      expectError(await server.post(`/v2/up/blobs/uploads/?digest=${bad}`), 400, 'DIGEST_INVALID')
  })
})

describe('a blob by POST and PUT', () => {
  for (const algorithm of ['sha256', 'sha512'])
    for (const hint of ['', `?digest-algorithm=${algorithm}`])
      it(`a blob by POST and PUT by ${algorithm}, opened with "${hint}"`, async () => {
        const content = randomBytes(50_000)
        const id = digest(content, algorithm)
        const opened = await server.post(`/v2/up/blobs/uploads/${hint}`)
        const location = expectSession(opened, 202, 0)
        expectCreated(await server.put(`${location}?digest=${id}`, { body: content }), id)
        await expectBlob(id, content)
        expectError(await server.get(location), 404, 'BLOB_UPLOAD_UNKNOWN')
      })

  it('a blob by POST and PUT may have another algorithm than was announced', async () => {
    const opened = await server.post('/v2/up/blobs/uploads/?digest-algorithm=sha512')
    const location = String(opened.headers.location)
    expect(await server.patch(location, { body: 'abc' }), 202)
    expectCreated(await server.put(`${location}?digest=${digest('abc')}`), digest('abc'))
  })

  it('a blob by POST and PUT is refused with an algorithm that is not stored here', async () => {
    for (const bad of ['blake3', 'sha1', '', 'SHA256', '__proto__'])
      expectError(
        await server.post(`/v2/up/blobs/uploads/?digest-algorithm=${bad}`),
        400,
        'DIGEST_INVALID',
      )
  })

  it('a blob by POST and PUT is refused with other bytes than the digest says, which ends the session', async () => {
    const location = await openUpload(server, 'up')
    const wrong = await server.put(`${location}?digest=${digest('x')}`, { body: 'y' })
    expectError(wrong, 400, 'DIGEST_INVALID')
    expectError(await server.get(location), 404, 'BLOB_UPLOAD_UNKNOWN')
  })

  it('a blob by POST and PUT is refused without a digest or with a bad one, and the session goes on', async () => {
    const location = await openUpload(server, 'up')
    for (const query of ['', '?digest=', '?digest=sha256:bad', '?digest=md5:aa'])
      expectError(await server.put(`${location}${query}`, { body: 'abc' }), 400, 'DIGEST_INVALID')
    expectSession(await server.get(location), 204, 0)
    const id = digest('abc')
    expectCreated(await server.put(`${location}?digest=${id}`, { body: 'abc' }), id)
  })
})

describe('a blob in pieces', () => {
  it('a blob in pieces grows by every PATCH, and tells how far it is', async () => {
    const content = randomBytes(300_000)
    const location = await openUpload(server, 'up')
    let sent = 0
    for (const length of [1, 16_384, 100_000, 100_000]) {
      const body = content.subarray(sent, sent + length)
      sent += length
      const headers = range(sent - length, length)
      assert.equal(
        expectSession(await server.patch(location, { body, headers }), 202, sent),
        location,
      )
      expectSession(await server.get(location), 204, sent)
      expectSession(await server.get(`${location}?digest=${digest(content)}&x=y`), 204, sent)
    }
    const body = content.subarray(sent)
    const headers = range(sent, body.byteLength)
    const id = digest(content)
    expectCreated(await server.put(`${location}?digest=${id}`, { body, headers }), id)
    await expectBlob(id, content)
  })

  it('a blob in pieces may be streamed without Content-Range, and closed by an empty PUT', async () => {
    const chunks = [randomBytes(40_000), randomBytes(1), randomBytes(300_000)]
    const location = await openUpload(server, 'up')
    expectSession(await server.patch(location, { body: chunks }), 202, 340_001)
    expectSession(await server.patch(location, { body: '' }), 202, 340_001)
    const id = digest(Buffer.concat(chunks), 'sha512')
    expectCreated(await server.put(`${location}?digest=${id}`), id)
    await expectBlob(id, Buffer.concat(chunks))
  })

  it('a blob in pieces is put together rightly, wherever it is cut', async () => {
    const piece = fc.record({ length: fc.nat(40_000), ranged: fc.boolean(), chunked: fc.boolean() })
    const algorithms = fc.constantFrom('sha256', 'sha512')
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 5 }), algorithms, async (pieces, algorithm) => {
        const location = await openUpload(server, 'up')
        const all: Buffer[] = []
        let sent = 0
        for (const [at, { length, ranged, chunked }] of pieces.entries()) {
          const bytes = randomBytes(length)
          all.push(bytes)
          const headers = ranged && length > 0 ? range(sent, length) : {}
          sent += length
          const options = { headers, body: chunked ? [bytes] : bytes }
          if (at < pieces.length - 1)
            expectSession(await server.patch(location, options), 202, sent)
          else {
            const id = digest(Buffer.concat(all), algorithm)
            expectCreated(await server.put(`${location}?digest=${id}`, options), id)
            await expectBlob(id, Buffer.concat(all))
          }
        }
      }),
      { numRuns: 25 },
    )
  })

  it('a blob in pieces out of order is answered by 416 with where it is, and goes on from there', async () => {
    const location = await openUpload(server, 'up')
    const opening = { body: 'x', headers: range(1, 1) }
    const early = await server.patch(location, opening)
    expectError(early, 416, 'BLOB_UPLOAD_INVALID')
    assert.equal(early.headers.location, location)
    assert.equal(early.headers.range, '0-0')
    expectSession(await server.patch(location, { body: 'abcde', headers: range(0, 5) }), 202, 5)
    for (const start of [0, 4, 6, 1000]) {
      for (const method of ['PATCH', 'PUT']) {
        const piece = { body: 'fghij', headers: range(start, 5) }
        const answer = await server.send(
          method,
          `${location}?digest=${digest('abcdefghij')}`,
          piece,
        )
        expectError(answer, 416, 'BLOB_UPLOAD_INVALID')
        assert.equal(answer.headers.location, location)
        assert.equal(answer.headers.range, '0-4')
        expectSession(await server.get(answer.headers.location), 204, 5)
      }
    }
    const last = { body: 'fghij', headers: range(5, 5) }
    const id = digest('abcdefghij')
    expectCreated(await server.put(`${location}?digest=${id}`, last), id)
  })

  it('a blob in pieces with other bytes than Content-Range says keeps none of them', async () => {
    const location = await openUpload(server, 'up')
    expect(await server.patch(location, { body: 'abc' }), 202)
    for (const length of [1, 4, 6, 1000]) {
      const answer = await server.patch(location, { body: 'defgh', headers: range(3, length) })
      expectError(answer, 400, 'SIZE_INVALID')
      expectSession(await server.get(location), 204, 3)
    }
    const bad = { body: 'd', headers: { 'Content-Range': 'bytes' } }
    expectError(await server.patch(location, bad), 400, 'BLOB_UPLOAD_INVALID')
    expectSession(await server.patch(location, { body: 'def' }), 202, 6)
    const id = digest('abcdef')
    expectCreated(await server.put(`${location}?digest=${id}`), id)
  })

  it('a blob in pieces is refused above the limit, and keeps what was there', async () => {
    const location = await openUpload(server, 'up')
    expectSession(await server.patch(location, { body: Buffer.alloc(8_000_000) }), 202, 8_000_000)
    const over = await server.patch(location, { body: Buffer.alloc(400_000) })
    assert.match(expectError(over, 413, 'SIZE_INVALID'), /at most 8388608 bytes/)
    expectSession(await server.get(location), 204, 8_000_000)
    const one = await server.post(`/v2/up/blobs/uploads/?digest=${digest('x')}`, {
      body: Buffer.alloc(8 * 1024 * 1024 + 1),
    })
    expectError(one, 413, 'SIZE_INVALID')
    expect(await server.delete(location), 204)
  })
})

describe('a session', () => {
  it('a session is cancelled by DELETE', async () => {
    const location = await openUpload(server, 'up')
    expect(await server.patch(location, { body: Buffer.alloc(100_000) }), 202)
    const cancelled = expect(await server.delete(location), 204)
    expectHeaders(cancelled, {})
    for (const method of ['GET', 'PATCH', 'PUT', 'DELETE']) {
      const again = await server.send(method, `${location}?digest=${digest('')}`)
      expectError(again, 404, 'BLOB_UPLOAD_UNKNOWN')
    }
  })

  it('a session belongs to its repository', async () => {
    const location = await openUpload(server, 'up')
    const elsewhere = location.replace('/up/', '/other/')
    for (const method of ['GET', 'PATCH', 'PUT', 'DELETE']) {
      const answer = await server.send(method, `${elsewhere}?digest=${digest('')}`)
      expectError(answer, 404, 'BLOB_UPLOAD_UNKNOWN')
    }
    expectSession(await server.get(location), 204, 0)
  })

  it('a session that never was is 404', async () => {
    for (const id of [
      'x',
      '0',
      '00000000-0000-4000-8000-000000000000',
      '..',
      'sha256:x',
      '__proto__',
    ])
      expectError(await server.get(`/v2/up/blobs/uploads/${id}`), 404, 'BLOB_UPLOAD_UNKNOWN')
  })

  it('a session is refused when there are too many, until another ends', async () => {
    const first = await openUpload(crowded, 'up')
    await openUpload(crowded, 'up')
    const third = await crowded.post('/v2/up/blobs/uploads/')
    expectError(third, 429, 'TOOMANYREQUESTS')
    assert.equal(third.headers['retry-after'], '60')
    expect(await crowded.delete(first), 204)
    await openUpload(crowded, 'up')
    const id = digest('in one piece')
    const direct = `/v2/up/blobs/uploads/?digest=${id}`
    expect(await crowded.post(direct, { body: 'in one piece' }), 201)
  })
})
