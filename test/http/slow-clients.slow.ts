import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from '../support/expected-answers.ts'
import { digest, IMAGE } from '../support/manifest-texts.ts'
import { openUpload, pushBlob } from '../support/pushes.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { startTestServer } from '../support/server.ts'

const server = await startTestServer({
  'http.headersTimeout': '1s',
  'http.idleTimeout': '1s',
  'http.keepAliveTimeout': '1s',
})
after(() => server.stop())

/** Sends text one character at a time, unless the connection ends. */
async function drip(connection: RawConnection, text: string): Promise<void> {
  for (const character of text) {
    if (connection.socket.destroyed) return
    connection.write(character)
    await Promise.race([pause(50, undefined, { ref: false }), connection.closed])
  }
}

describe('a slow client', { concurrency: true }, () => {
  it('a slow client may take as long as its upload moves', async () => {
    const content = randomBytes(30)
    const location = await openUpload(server, 'slow')
    const connection = await RawConnection.open(server)
    connection.request([`PATCH ${location} HTTP/1.1`, 'Host: x', 'Content-Length: 30'])
    for (const byte of content) {
      connection.write(Buffer.from([byte]))
      await pause(50)
    }
    assert.equal((await connection.answer()).status, 202)
    connection.destroy()
    expect(await server.put(`${location}?digest=${digest(content)}`), 201)
  })

  it('a slow client is cut off when its upload stands still, and what arrived is kept', async () => {
    const location = await openUpload(server, 'slow')
    const connection = await RawConnection.open(server)
    const lines = [
      `PATCH ${location} HTTP/1.1`,
      'Host: x',
      'X-Request-Id: still',
      'Content-Length: 100',
    ]
    connection.request(lines, 'twenty bytes of this')
    await connection.closed
    assert.equal((await server.log.accessLine('still'))['aborted'], true)
    assert.equal(expect(await server.get(location), 204).headers['range'], '0-19')
  })

  it('a slow client is cut off when its manifest stands still, which is then not stored', async () => {
    const connection = await RawConnection.open(server)
    const type = `Content-Type: ${IMAGE}`
    connection.request(
      ['PUT /v2/slow/manifests/v1 HTTP/1.1', 'Host: x', type, 'Content-Length: 100'],
      '{',
    )
    await connection.closed
    expect(await server.get('/v2/slow/manifests/v1'), 404)
  })

  it('a slow client is cut off when it does not take its blob', async () => {
    const blob = await pushBlob(server, 'slow', randomBytes(30_000_000))
    const connection = await RawConnection.open(server)
    connection.socket.pause()
    connection.request([`GET /v2/slow/blobs/${blob} HTTP/1.1`, 'Host: x', 'X-Request-Id: unread'])
    assert.equal((await server.log.accessLine('unread'))['aborted'], true)
    connection.destroy()
  })

  it('a slow client is cut off when it does not come to the end of its headers', async () => {
    const connection = await RawConnection.open(server)
    connection.write('GET /v2/ HTTP/1.1\r\nHost: x\r\n')
    await drip(connection, `${'A: b\r\n'.repeat(20)}\r\n`)
    assert.match(await connection.rest(), /^HTTP\/1\.1 408 /)
  })

  it('a slow client is cut off when it says nothing, at first or later', async () => {
    const silent = await RawConnection.open(server)
    const satisfied = await RawConnection.open(server)
    satisfied.request(['GET /v2/ HTTP/1.1', 'Host: x'])
    assert.equal((await satisfied.answer()).headers['keep-alive'], 'timeout=1')
    await Promise.all([silent.closed, satisfied.closed])
  })
})
