import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { expect, expectError } from '../support/expected-answers.ts'
import { digest, image, IMAGE } from '../support/manifest-texts.ts'
import { openUpload, pushBlob } from '../support/pushes.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { startTestServer } from '../support/server.ts'

const LIMIT = 4 * 1024 * 1024
const server = await startTestServer()
after(() => server.stop())

await pushBlob(server, 'body', '{}')
await pushBlob(server, 'body', 'layer')

/** An image manifest of so many bytes. */
function imageOf(length: number): string {
  const frame = image({ annotations: { x: '' } })
  return image({ annotations: { x: 'x'.repeat(length - frame.length) } })
}

/** Lines of a request's head. */
const head = (method: string, path: string, ...headers: string[]) => [
  `${method} ${path} HTTP/1.1`,
  'Host: registry',
  ...headers,
]

describe('a manifest', () => {
  const headers = { 'Content-Type': IMAGE }

  it('a manifest may have as many bytes as the limit says, and no more', async () => {
    const chunked = (text: string) => [Buffer.from(text)]
    for (const body of [imageOf(LIMIT), chunked(imageOf(LIMIT))])
      expect(await server.put('/v2/body/manifests/full', { body, headers }), 201)
    for (const body of [imageOf(LIMIT + 1), chunked(imageOf(LIMIT + 1))]) {
      const answer = await server.put('/v2/body/manifests/over', { body, headers })
      assert.match(expectError(answer, 413, 'SIZE_INVALID'), /at most 4194304 bytes/)
      expect(await server.get('/v2/body/manifests/over'), 404)
    }
  })

  it('a manifest that says it is too large is refused before it is sent, and the connection ends', async () => {
    const connection = await RawConnection.open(server)
    connection.request(head('PUT', '/v2/body/manifests/over', `Content-Length: ${LIMIT + 1}`))
    const answer = await connection.answer()
    assert.equal(answer.status, 413)
    assert.equal(answer.headers['connection'], 'close')
    await connection.closed
  })

  it('a manifest that turns out too large is refused then, and the connection ends', async () => {
    const connection = await RawConnection.open(server)
    connection.request(head('PUT', '/v2/body/manifests/over', 'Transfer-Encoding: chunked'))
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
    for (let sent = 0; sent <= LIMIT; sent += 0x10000) connection.write(chunk)
    const answer = await connection.answer()
    assert.equal(answer.status, 413)
    assert.equal(answer.headers['connection'], 'close')
    connection.destroy()
  })

  it('a manifest is taken as it is: without Content-Encoding', async () => {
    for (const encoding of ['gzip', 'br', 'deflate', 'gzip, identity', 'x']) {
      const body = gzipSync(image())
      const answer = await server.put('/v2/body/manifests/packed', {
        body,
        headers: { ...headers, 'Content-Encoding': encoding },
      })
      assert.match(expectError(answer, 400, 'UNSUPPORTED'), /without Content-Encoding/)
    }
    expect(await server.get('/v2/body/manifests/packed'), 404)
    const identity = { ...headers, 'Content-Encoding': 'identity' }
    expect(await server.put('/v2/body/manifests/plain', { body: image(), headers: identity }), 201)
  })
})

describe('the bytes of a blob', () => {
  const types = [
    'application/x-www-form-urlencoded',
    'application/json',
    'text/plain',
    'multipart/form-data',
  ]
  for (const type of [...types, 'application/octet-stream', 'nonsense', ''])
    it(`the bytes of a blob are kept exactly when they are called "${type}"`, async () => {
      const body = Buffer.from('\ufeff{"__proto__": 1}&a=b%20c\r\n\xff', 'latin1')
      const headers = type === '' ? {} : { 'Content-Type': type }
      const location = await openUpload(server, 'body')
      expect(await server.patch(location, { body, headers }), 202)
      const whole = Buffer.concat([body, body])
      const finished = await server.put(`${location}?digest=${digest(whole)}`, { body, headers })
      expect(finished, 201)
      assert.ok((await server.get(`/v2/body/blobs/${digest(whole)}`)).body.equals(whole))
    })
})

describe('an unwanted body', () => {
  it('an unwanted body ends the connection after the answer, instead of being read to its end', async () => {
    const refused = [
      head('PATCH', '/v2/body/blobs/uploads/unknown', 'Content-Length: 1073741824'),
      head('PUT', '/v2/body/blobs/uploads/unknown', 'Transfer-Encoding: chunked'),
      head('POST', '/v2/body/blobs/uploads/?digest=bad', 'Content-Length: 1073741824'),
      head('PUT', '/v2/BODY/manifests/x', 'Content-Length: 1073741824'),
      head('PUT', '/nowhere', 'Content-Length: 1073741824'),
      head('POST', '/v2/', 'Content-Length: 1073741824'),
      head('GET', '/v2/', 'Content-Length: 1073741824'),
    ]
    const block = Buffer.alloc(1024 * 1024)
    for (const lines of refused) {
      const connection = await RawConnection.open(server)
      const chunked = lines.some((line) => line.startsWith('Transfer-Encoding'))
      connection.request(lines)
      let sent = 0
      const send = async () => {
        while (!connection.socket.destroyed && sent < 256) {
          const piece = chunked ? Buffer.from(`100000\r\n${block.toString()}\r\n`) : block
          if (!connection.socket.write(piece))
            await once(connection.socket, 'drain').catch(() => undefined)
          sent++
        }
      }
      const sending = send().catch(() => undefined)
      const answer = await connection.answer()
      assert.equal(answer.headers['connection'], 'close', lines[0])
      await connection.closed
      await Promise.race([sending, connection.closed])
      assert.ok(sent < 64, `${sent} MiB were taken of ${lines[0]}`)
    }
  })

  it('an unwanted body that has arrived whole leaves the connection as it is', async () => {
    const connection = await RawConnection.open(server)
    connection.request(
      head('PATCH', '/v2/body/blobs/uploads/unknown', 'Content-Length: 5'),
      '12345',
    )
    const answer = await connection.answer()
    assert.equal(answer.status, 404)
    if (answer.headers['connection'] === 'close') await connection.closed
    else {
      connection.request(head('GET', '/v2/'))
      assert.equal((await connection.answer()).status, 200)
      connection.destroy()
    }
  })
})

describe('Expect: 100-continue', () => {
  const large = `Content-Length: ${LIMIT + 1}`
  const five = 'Content-Length: 5'
  const range = 'Content-Range: 7-11'

  it('Expect: 100-continue is answered by the refusal alone where the request is refused', async () => {
    const session = await openUpload(server, 'body')
    const refused: [status: number, lines: string[]][] = [
      [404, head('PATCH', '/v2/body/blobs/uploads/unknown', five)],
      [404, head('PUT', `/v2/body/blobs/uploads/unknown?digest=${digest('')}`, five)],
      [416, head('PATCH', session, five, range)],
      [416, head('PUT', `${session}?digest=${digest('')}`, five, range)],
      [400, head('PUT', `${session}?digest=bad`, five)],
      [400, head('PATCH', session, five, 'Content-Range: x')],
      [400, head('POST', '/v2/body/blobs/uploads/?digest=bad', five)],
      [413, head('PUT', '/v2/body/manifests/v1', large)],
      [400, head('PUT', '/v2/body/manifests/v1', five, 'Content-Encoding: gzip')],
      [400, head('PUT', '/v2/BODY/manifests/v1', five)],
      [405, head('PUT', '/v2/', five)],
      [404, head('PUT', '/nowhere', five)],
    ]
    for (const [status, lines] of refused) {
      const connection = await RawConnection.open(server)
      connection.request([...lines, 'Expect: 100-continue'])
      const answer = await connection.answer()
      assert.equal(answer.status, status, lines[0])
      assert.equal(answer.headers['connection'], 'close')
      await connection.closed
    }
  })

  it('Expect: 100-continue is answered by 100 where the body is wanted, and then by the answer', async () => {
    const session = await openUpload(server, 'body')
    const wanted: [status: number, path: string, body: string, method: string][] = [
      [202, session, 'first', 'PATCH'],
      [201, `${session}?digest=${digest('firstlast')}`, 'last', 'PUT'],
      [201, `/v2/body/blobs/uploads/?digest=${digest('one')}`, 'one', 'POST'],
      [201, '/v2/body/manifests/expected', image(), 'PUT'],
    ]
    const connection = await RawConnection.open(server)
    for (const [status, path, body, method] of wanted) {
      const type = `Content-Type: ${IMAGE}`
      connection.request(
        head(method, path, `Content-Length: ${body.length}`, type, 'Expect: 100-continue'),
      )
      assert.equal((await connection.answer()).statusLine, 'HTTP/1.1 100 Continue')
      connection.write(body)
      assert.equal((await connection.answer()).status, status, path)
    }
    connection.destroy()
  })
})
