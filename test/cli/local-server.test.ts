import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, createServer as createPlainServer, type RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { after, before, describe, it, type TestContext } from 'node:test'
import { sendRequest, originOf, type LocalServer } from '../../src/cli/local-server.ts'

const plain = { certificate: null, key: null }

describe('the origin of the local server', () => {
  for (const [host, origin] of [
    ['127.0.0.1', 'http://127.0.0.1:5000'],
    ['0.0.0.0', 'http://127.0.0.1:5000'],
    ['::', 'http://[::1]:5000'],
    ['fe80::1', 'http://[fe80::1]:5000'],
    ['registry.local', 'http://registry.local:5000'],
  ] as const) {
    it(`is ${origin} for ${host}`, () => {
      assert.equal(originOf({ host, port: 5000, tls: plain }), origin)
    })
  }

  it('is https if there is a certificate', () => {
    const tls = { certificate: '/tls.crt', key: '/tls.key' }
    assert.equal(originOf({ host: '::', port: 5000, tls }), 'https://[::1]:5000')
  })

  it('cannot be known for port 0', () => {
    const place = { host: '127.0.0.1', port: 0, tls: plain }
    assert.throws(() => originOf(place), /give the port of the server with --port/)
  })
})

describe('a request body that is a stream', () => {
  const large = Buffer.alloc(20_000_000, 'x')
  const headers = { 'content-length': String(large.length) }

  async function place(test: TestContext, handle: RequestListener): Promise<LocalServer> {
    const server = createPlainServer(handle).listen(0, '127.0.0.1')
    test.after(() => server.close())
    await once(server, 'listening')
    return { host: '127.0.0.1', port: (server.address() as AddressInfo).port, tls: plain }
  }

  it('is sent completely', async (test) => {
    const there = await place(test, (request, response) => {
      void buffer(request).then((bytes) => response.end(String(bytes.length)))
    })
    const body = () => Readable.from([large.subarray(0, 7), large.subarray(7)])
    assert.equal(
      (await sendRequest(there, { method: 'PUT', path: '/', headers, body })).body,
      '20000000',
    )
  })

  it('is not opened if the server rejects the headers, whose response is returned', async (test) => {
    let opened = 0
    const server = createPlainServer()
    server.on('checkContinue', (_request, response) => {
      response.writeHead(413, { connection: 'close' }).end('too large')
    })
    server.listen(0, '127.0.0.1')
    test.after(() => server.close())
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const body = () => {
      opened++
      return Readable.from([large])
    }
    const there = { host: '127.0.0.1', port, tls: plain }
    const answer = await sendRequest(there, { method: 'PUT', path: '/', headers, body })
    assert.deepEqual([answer.status, answer.body, opened], [413, 'too large', 0])
  })

  it('fails the request with the error of the stream', async (test) => {
    const there = await place(test, (request) => request.resume())
    const body = () =>
      new Readable({
        read() {
          this.destroy(new Error('EIO: of the source'))
        },
      })
    const asking = sendRequest(there, { method: 'PUT', path: '/', headers, body })
    await assert.rejects(asking, /^Error: EIO: of the source$/)
  })

  it('is sent again if a kept connection had just been closed, as any request', async (test) => {
    const seen: string[] = []
    const there = await place(test, (request, response) => {
      seen.push(request.url ?? '')
      if (seen.length === 2) request.socket.resetAndDestroy()
      else response.end('well')
    })
    const agent = new Agent({ keepAlive: true })
    test.after(() => agent.destroy())
    for (const path of ['/first', '/second'])
      assert.equal((await sendRequest(there, { path }, { agent })).body, 'well')
    assert.deepEqual(seen, ['/first', '/second', '/second'])
  })
})

describe('a server with TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wasmoor-own-server-'))
  const file = (name: string) => join(folder, name)
  const servers: ReturnType<typeof createServer>[] = []

  /**
   * A certificate for a public name, followed by that of its issuer, as certificate authorities
   * deliver it.
   */
  function makeCertificate(name: string): void {
    const subject = ['-subj', '/CN=registry.example.com']
    const issuer = ['-CA', file('issuer.crt'), '-CAkey', file('issuer.key')]
    const out = ['-keyout', file(`${name}.key`), '-out', file(`${name}.crt`)]
    makeKeyPair(...subject, ...issuer, ...out)
    const chain = [`${name}.crt`, 'issuer.crt'].map((each) => readFileSync(file(each), 'utf8'))
    writeFileSync(file(`${name}.crt`), chain.join(''))
  }

  /** A key of P-256 and its certificate, valid for a day. */
  function makeKeyPair(...more: string[]): void {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
    execFileSync('openssl', ['req', '-x509', ...key, '-days', '1', ...more], { stdio: 'ignore' })
  }

  before(() => {
    const out = ['-keyout', file('issuer.key'), '-out', file('issuer.crt')]
    makeKeyPair('-subj', '/CN=issuer', ...out)
    makeCertificate('own')
    makeCertificate('other')
  })

  after(() => {
    for (const server of servers) server.close()
    rmSync(folder, { recursive: true })
  })

  /**
   * Sends a request to a server with the certificate `own`, as a client with the configured one.
   */
  async function ask(configured: string) {
    const seen: string[] = []
    const server = createServer(
      { cert: readFileSync(file('own.crt')), key: readFileSync(file('own.key')) },
      (request, response) => {
        seen.push(request.headers.authorization ?? '')
        response.end('well')
      },
    ).listen(0, '127.0.0.1')
    servers.push(server)
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const tls = { certificate: file(`${configured}.crt`), key: null }
    const place = { host: '127.0.0.1', port, tls }
    const asking = sendRequest(place, {
      path: '/livez',
      headers: { authorization: 'Basic c2VjcmV0' },
    })
    return { asking, seen }
  }

  it('is trusted by its certificate, whatever name that is issued for', async () => {
    const { asking } = await ask('own')
    assert.equal((await asking).body, 'well')
  })

  it('gets no request if its certificate is another of the same issuer', async () => {
    const { asking, seen } = await ask('other')
    await assert.rejects(asking, /^Error: https:.*\/livez: .*certificate/)
    assert.deepEqual(seen, [])
  })
})
