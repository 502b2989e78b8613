import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import fc from 'fast-check'
import { expect } from '../support/expected-answers.ts'
import { image, IMAGE } from '../support/manifest-texts.ts'
import { pushImage } from '../support/pushes.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { startTestServer } from '../support/server.ts'

const server = await startTestServer()
after(() => server.stop())

await pushImage(server, 'a', 'v1')

const put = (...lines: string[]) =>
  ['PUT /v2/a/manifests/bad HTTP/1.1', 'Host: x', ...lines, '', ''].join('\r\n')
const get = (...lines: string[]) => ['GET /v2/ HTTP/1.1', 'Host: x', ...lines, '', ''].join('\r\n')
const target = (text: string) => `GET ${text} HTTP/1.1\r\nHost: x\r\n\r\n`

const refused: Readonly<Record<string, readonly [text: string, status: number]>> = {
  'no HTTP': ['GARBAGE\r\n\r\n', 400],
  'a TLS hello': [`\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03${'a'.repeat(500)}`, 400],
  'the preface of HTTP/2': ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
  'HTTP/3': ['GET /v2/ HTTP/3.0\r\nHost: x\r\n\r\n', 400],
  'a method in lower case': ['get /v2/ HTTP/1.1\r\nHost: x\r\n\r\n', 400],
  'a method that nobody knows': ['FOO /v2/ HTTP/1.1\r\nHost: x\r\n\r\n', 400],
  'no Host': ['GET /v2/ HTTP/1.1\r\n\r\n', 400],
  'a Content-Length that is no number': [put('Content-Length: abc'), 400],
  'a negative Content-Length': [put('Content-Length: -1'), 400],
  'two Content-Lengths': [`${put('Content-Length: 1', 'Content-Length: 2')}ab`, 400],
  'a Content-Length beyond numbers': [put(`Content-Length: ${'9'.repeat(30)}`), 400],
  'both length and chunks': [
    `${put('Content-Length: 1', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
    400,
  ],
  'a transfer coding that is not chunked': [`${put('Transfer-Encoding: gzip')}0\r\n\r\n`, 400],
  'chunks that are not last': [`${put('Transfer-Encoding: chunked, gzip')}0\r\n\r\n`, 400],
  'a chunk length that is none': [`${put('Transfer-Encoding: chunked')}zz\r\nab\r\n`, 400],
  'a chunk length beyond numbers': [
    `${put('Transfer-Encoding: chunked')}${'f'.repeat(18)}\r\nab`,
    400,
  ],
  'endless chunk extensions': [`${put('Transfer-Encoding: chunked')}1;${'a'.repeat(20_000)}`, 413],
  'a folded header': [get('A: b', ' c'), 400],
  'a header without colon': [get('abc'), 400],
  'a space before the colon': ['GET /v2/ HTTP/1.1\r\nHost : x\r\n\r\n', 400],
  'a NUL in a header': [get('A: \0'), 400],
  'a NUL in the target': [target('/v2/\0'), 400],
  'bytes above ASCII in the target': [target('/v2/\xe9\xff/tags/list'), 400],
  'a target without slash': [target('v2/'), 400],
  'a target that is a query': [target('?a'), 400],
  'a target of another scheme': [target('javascript:alert(1)'), 400],
  'an absolute target that is no URL': [target('http://[/v2/'), 400],
  'an absolute target with a bad port': [target('http://a:b:c/v2/'), 400],
  'an absolute target with a huge port': [target('http://[::1]:99999/v2/'), 400],
  'an absolute target with a user': [target('http://u:p@elsewhere/v2/'), 400],
  'a fragment': [target('/v2/#fragment'), 400],
  'an absolute target with an escape': [target('http://%zz/v2/'), 400],
  'headers above the limit': [get(`A: ${'a'.repeat(20_000)}`), 431],
  'many headers above the limit': [
    get(...Array.from({ length: 1500 }, () => 'abcdef: ghijkl')),
    431,
  ],
  'a target above the limit': [target(`/v2/${'a'.repeat(20_000)}`), 431],
  'an expectation that nobody knows': [get('Expect: 200-maybe'), 417],
  'an asterisk': [target('*'), 404],
}

describe('a malformed request', () => {
  for (const [kind, [text, status]] of Object.entries(refused))
    it(`a malformed request is answered by ${status}: ${kind}`, async () => {
      const connection = await RawConnection.open(server)
      connection.write(text)
      const answer = await connection.answer()
      assert.match(answer.statusLine, /^HTTP\/1\.1 [4]\d\d /)
      assert.equal(answer.status, status)
      connection.destroy()
      expect(await server.get('/v2/a/manifests/v1'), 200)
    })

  it('a malformed request tells a TLS client in clear text that there is no TLS, which Go clients look for', async () => {
    const connection = await RawConnection.open(server)
    connection.write(refused['a TLS hello']![0])
    const received = await connection.rest()
    assert.ok(
      received.startsWith('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'),
      received,
    )
  })

  it('a malformed request asks for a tunnel in vain', async () => {
    const connection = await RawConnection.open(server)
    connection.write('CONNECT elsewhere:443 HTTP/1.1\r\nHost: x\r\n\r\n')
    assert.equal(await connection.rest(), '')
  })

  it('a malformed request does no harm, whatever it is', async () => {
    const good = [get(), target('/v2/a/manifests/v1'), `${put('Content-Length: 2')}{}`]
    const byte = fc.record({ at: fc.nat(200), value: fc.nat(255), drop: fc.nat(3) })
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...good),
        fc.array(byte, { maxLength: 4 }),
        async (text, edits) => {
          const bytes = [...Buffer.from(text, 'latin1')]
          for (const { at, value, drop } of edits) bytes.splice(at, drop, value)
          const connection = await RawConnection.open(server)
          connection.write(Buffer.from(bytes))
          connection.socket.end()
          const received = await connection.rest()
          assert.doesNotMatch(received, /^HTTP\/1\.1 5/m)
        },
      ),
      { numRuns: 300 },
    )
    expect(await server.get('/v2/a/manifests/v1'), 200)
  })
})

describe('an unusual but valid request', () => {
  const fine: Readonly<Record<string, string>> = {
    'an absolute target': target('http://elsewhere:80/v2/'),
    'a query of anything': target('/v2/?%zz=%ff&&=&[]'),
    'an offer to upgrade': get(
      'Connection: Upgrade, HTTP2-Settings',
      'Upgrade: h2c',
      'HTTP2-Settings: AA',
    ),
    'as many headers as fit': get(...Array.from({ length: 800 }, () => 'ab: cd')),
    'an expectation without body': get('Expect: 100-continue'),
    'an empty header': get('X:'),
    trailers: `${get('Transfer-Encoding: chunked')}0\r\nX: y\r\n\r\n`,
    'empty lines before it': `\r\n\r\n${get()}`,
  }
  for (const [kind, text] of Object.entries(fine))
    it(`an unusual but valid request is answered by 200: ${kind}`, async () => {
      const connection = await RawConnection.open(server)
      connection.write(text)
      const answer = await connection.answer()
      assert.equal(answer.status, 200)
      assert.equal(answer.headers['x-content-type-options'], 'nosniff')
      connection.destroy()
    })
})

describe('pipelined requests', () => {
  it('pipelined requests are answered in their order', async () => {
    const connection = await RawConnection.open(server)
    const paths = [
      '/v2/',
      '/v2/a/manifests/v1',
      '/v2/a/tags/list',
      '/nowhere',
      '/v2/a/manifests/v1',
      '/livez',
    ]
    const all = Array.from({ length: 2 }, () => paths).flat()
    connection.write(all.map(target).join(''))
    for (const path of all) {
      const { status, body } = await connection.answer()
      assert.equal(status, path === '/nowhere' ? 404 : 200)
      if (path === '/v2/a/manifests/v1') assert.equal(body, image())
      if (path === '/v2/a/tags/list') assert.equal(body, '{"name":"a","tags":["v1"]}')
    }
    connection.destroy()
  })

  it('pipelined requests with bodies are told apart', async () => {
    const connection = await RawConnection.open(server)
    const text = image()
    const one = (tag: string) =>
      `PUT /v2/a/manifests/${tag} HTTP/1.1\r\nHost: x\r\nContent-Type: ${IMAGE}\r\nContent-Length: ${text.length}\r\n\r\n${text}`
    connection.write(`${one('p1')}${one('p2')}${target('/v2/')}${one('p3')}`)
    for (const status of [201, 201, 200, 201])
      assert.equal((await connection.answer()).status, status)
    connection.destroy()
    for (const tag of ['p1', 'p2', 'p3']) expect(await server.get(`/v2/a/manifests/${tag}`), 200)
  })

  it('pipelined requests after one that ends the connection are not answered', async () => {
    const connection = await RawConnection.open(server)
    connection.write(`${get('Connection: close')}${get()}`)
    assert.equal((await connection.rest()).match(/^HTTP\/1\.1 /gm)?.length, 1)
  })
})
