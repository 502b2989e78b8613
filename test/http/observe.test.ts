import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { expect } from '../support/expected-answers.ts'
import { digest, image, IMAGE } from '../support/manifest-texts.ts'
import { openUpload, pushBlob, pushImage } from '../support/pushes.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { startTestServer } from '../support/server.ts'

const server = await startTestServer()
after(() => server.stop())

const id = await pushImage(server, 'seen', 'v1')
const blob = await pushBlob(server, 'seen', 'x'.repeat(100_000))
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const SECRET = 'hunter2-0123456789'

let requests = 0
/** Sends a request and waits for its access line. */
async function observed(method: string, path: string, headers = {}, body?: string) {
  const requestId = `observed-${++requests}`
  const all = { 'X-Request-Id': requestId, 'User-Agent': 'test/1.0', ...headers }
  const answer = await server.send(method, path, {
    headers: all,
    ...(body !== undefined && { body }),
  })
  return { answer, line: await server.log.accessLine(requestId), requestId }
}

describe('X-Request-Id', () => {
  it('X-Request-Id is taken from the client where it is harmless', async () => {
    for (const given of ['a', 'A-1_b.c:d', '0'.repeat(128), UUID.source.slice(0, 1) + 'x'].slice(
      0,
      3,
    )) {
      for (const path of ['/v2/', '/v2/seen/manifests/v1', '/v2/seen/manifests/missing', '/livez'])
        assert.equal(
          (await server.get(path, { 'X-Request-Id': given })).headers['x-request-id'],
          given,
        )
    }
  })

  it('X-Request-Id is made where the client sent none, or one that could do harm in a log', async () => {
    const made = new Set<unknown>()
    const bad = ['', 'a b', 'a"b', 'a\tb', '0'.repeat(129), '{}', 'é', 'a,b', '<a>', '%0a']
    for (const given of [undefined, ...bad])
      for (const path of ['/v2/', '/v2/seen/manifests/v1']) {
        const headers = given === undefined ? {} : { 'X-Request-Id': given }
        const answer = await server.get(path, headers)
        assert.match(String(answer.headers['x-request-id']), UUID)
        made.add(answer.headers['x-request-id'])
      }
    assert.equal(made.size, 2 * (bad.length + 1))
  })
})

describe('the access log', () => {
  it('the access log has one line for each request, with what was asked and what was answered', async () => {
    const { answer, line, requestId } = await observed('GET', '/v2/seen/tags/list?n=5')
    const { milliseconds, ...rest } = line
    assert.ok(typeof milliseconds === 'number' && milliseconds >= 0)
    assert.deepEqual(rest, {
      requestId,
      remote: '127.0.0.1',
      method: 'GET',
      url: '/v2/seen/tags/list?n=5',
      route: 'tag-list',
      status: 200,
      bytes: answer.body.byteLength,
      userAgent: 'test/1.0',
    })
    assert.equal(server.log.accessLines(requestId).length, 1)
  })

  it('the access log names the route, the status and the bytes sent, warm or cold', async () => {
    const upload = await openUpload(server, 'seen')
    const manifest = Buffer.byteLength(image())
    const cases: [method: string, path: string, route: string, status: number, bytes?: number][] = [
      ['GET', '/v2/', 'ping', 200, 2],
      ['GET', `/v2/seen/blobs/${blob}`, 'blob-get', 200, 100_000],
      ['GET', `/v2/seen/blobs/${blob}`, 'blob-get', 200, 100_000],
      ['HEAD', `/v2/seen/blobs/${blob}`, 'blob-get', 200, 0],
      ['GET', '/v2/seen/manifests/v1', 'manifest-get', 200, manifest],
      ['GET', '/v2/seen/manifests/v1', 'manifest-get', 200, manifest],
      ['GET', `/v2/seen/manifests/${id}`, 'manifest-get', 200, manifest],
      ['HEAD', '/v2/seen/manifests/v1', 'manifest-get', 200, 0],
      ['HEAD', '/v2/seen/manifests/missing', 'manifest-get', 404, 0],
      ['GET', '/v2/seen/manifests/missing', 'manifest-get', 404],
      ['POST', '/v2/seen/blobs/uploads/', 'upload-start', 202, 0],
      ['PATCH', upload, 'upload-append', 202, 0],
      ['GET', upload, 'upload-status', 204, 0],
      ['PUT', `${upload}?digest=${digest('')}`, 'upload-finish', 201, 0],
      ['DELETE', `/v2/seen/blobs/${digest('')}`, 'blob-delete', 202, 0],
      ['GET', `/v2/seen/referrers/${id}`, 'referrer-list', 200],
      ['GET', '/v2/_catalog', 'catalog', 200],
      ['GET', '/livez', 'livez', 200],
      ['GET', '/v2/SEEN/tags/list', 'tag-list', 400],
      ['GET', '/nowhere', '-', 404],
      ['OPTIONS', '/v2/', '-', 405],
    ]
    for (const [method, path, route, status, bytes] of cases) {
      const { answer, line } = await observed(method, path)
      const name = `${method} ${path}`
      assert.equal(answer.status, status, name)
      assert.deepEqual([line['method'], line['url'], line['status']], [method, path, status], name)
      assert.equal(line['route'], route, name)
      assert.equal(line['bytes'], bytes ?? answer.body.byteLength, name)
      assert.equal(line['aborted'], undefined, name)
    }
  })

  it('the access log counts no bytes of an answer that has none', async () => {
    const { line } = await observed('GET', '/v2/seen/manifests/v1', { 'If-None-Match': `"${id}"` })
    assert.deepEqual([line['status'], line['bytes']], [304, 0])
    const part = await observed('GET', `/v2/seen/blobs/${blob}`, { Range: 'bytes=1-10' })
    assert.deepEqual([part.line['status'], part.line['bytes']], [206, 10])
  })

  it('the access log is written for a client that left, too', async () => {
    const upload = await openUpload(server, 'seen')
    const connection = await RawConnection.open(server)
    const head = [
      `PATCH ${upload} HTTP/1.1`,
      'Host: x',
      'X-Request-Id: left',
      'Content-Length: 100',
    ]
    connection.request(head, 'only this')
    connection.socket.end()
    const line = await server.log.accessLine('left')
    assert.equal(line['aborted'], true)
    assert.equal(line['route'], 'upload-append')
    connection.destroy()
  })

  it('the access log cuts what is long', async () => {
    const path = `/v2/${'a'.repeat(4000)}/tags/list`
    const { line } = await observed('GET', path, { 'User-Agent': 'u'.repeat(4000) })
    assert.equal(line['url'], path.slice(0, 512))
    assert.equal(line['userAgent'], 'u'.repeat(512))
  })

  it('the access log has no secrets, nor has any other line', async () => {
    const basic = Buffer.from(`someone:${SECRET}`).toString('base64')
    const headers = {
      Authorization: `Basic ${basic}`,
      'Proxy-Authorization': `Bearer ${SECRET}`,
      Cookie: `session=${SECRET}`,
      'X-Api-Key': SECRET,
    }
    for (const path of ['/v2/', '/v2/seen/manifests/v1', '/v2/seen/manifests/none', '/%zz'])
      await observed('GET', path, headers)
    const body = { body: SECRET, headers: { ...headers, 'Content-Type': IMAGE } }
    expect(await server.put('/v2/seen/manifests/secret', body), 400)
    const connection = await RawConnection.open(server)
    const line = [
      `GET http://someone:${SECRET}@127.0.0.1/v2/ HTTP/1.1`,
      'Host: x',
      'X-Request-Id: userinfo',
    ]
    connection.request(line)
    await connection.answer()
    connection.destroy()
    await server.log.accessLine('userinfo')
    const written = JSON.stringify(server.log.lines)
    assert.ok(!written.includes(SECRET) && !written.includes(basic))
  })
})
