import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { RawConnection } from '../support/raw-connection.ts'
import { startTestServer } from '../support/server.ts'

const server = await startTestServer({ 'limits.headerSize': '64KiB' })
after(() => server.stop())

async function statusOf(lines: readonly string[], body = ''): Promise<number> {
  const connection = await RawConnection.open(server)
  connection.write(Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1'))
  const { status } = await connection.answer()
  connection.destroy()
  return status
}

describe('a request line', () => {
  it('M7: absolute targets are http or https URLs with a host', async () => {
    const get = (target: string) => statusOf([`GET ${target} HTTP/1.1`, 'Host: localhost'])
    for (const target of ['http://localhost/v2/', 'HTTPS://localhost:1/v2/', 'http://[::1]/v2/'])
      assert.equal(await get(target), 200, target)
    for (const target of [
      'foo://h',
      'foo://h?x',
      'a://',
      'ftp://h/v2/',
      'http:v2/',
      'http:/v2/',
      'http://user@localhost/v2/',
      'http://localhost\\v2/',
      'localhost:80',
      '/v2/#x',
      '/v2/\xa0',
      '/v2\\_catalog#',
    ])
      assert.equal(await get(target), 400, target)
  })

  it('M7: an absolute target without a path is that of the root', async () => {
    const status = await statusOf(['GET http://localhost HTTP/1.1', 'Host: localhost'])
    assert.ok(status < 500, String(status))
  })
})

describe('the headers of a request', () => {
  it('L10: two Host headers are refused, equal or not', async () => {
    for (const second of ['localhost', 'other'])
      for (const path of ['/v2/', '/v2/a/manifests/v1', '/livez']) {
        const lines = [`GET ${path} HTTP/1.1`, 'Host: localhost', `Host: ${second}`]
        assert.equal(await statusOf(lines), 400, path)
      }
  })

  it('L10: no header is dropped because of the number of headers before it', async () => {
    const many = Array.from({ length: 3000 }, (_, index) => `a${index}: b`)
    const lines = ['GET /v2/ HTTP/1.1', 'Host: localhost', ...many]
    assert.equal(await statusOf([...lines, 'Origin: http://x']), 200)
    const late = [
      'POST /v2/a/blobs/uploads/ HTTP/1.1',
      'Host: localhost',
      'Content-Length: 0',
      ...many,
    ]
    assert.equal(await statusOf([...late, 'Origin: http://elsewhere.example']), 403)
    assert.equal(await statusOf([...lines, ...many, ...many, ...many, ...many]), 431)
  })

  it('L10: HTTP/1.0 with a transfer coding is refused', async () => {
    const lines = (version: string) => [
      `POST /v2/a/blobs/uploads/ HTTP/${version}`,
      'Host: localhost',
      'Transfer-Encoding: chunked',
    ]
    assert.equal(await statusOf(lines('1.0'), '0\r\n\r\n'), 400)
    assert.equal(await statusOf(lines('1.1'), '0\r\n\r\n'), 202)
  })
})
