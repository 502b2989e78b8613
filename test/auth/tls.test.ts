import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { text } from 'node:stream/consumers'
import { MountedSecret } from '../support/mounted-secret.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { startTestServer } from '../support/server.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { TLS_PAIRS } from '../support/tls-pairs.ts'

type Pair = keyof typeof TLS_PAIRS

const files = (pair: Pair, key: Pair = pair) => ({
  'tls.crt': TLS_PAIRS[pair].certificate,
  'tls.key': TLS_PAIRS[key].key,
})

const READ = 'the TLS certificate was read again'
const KEPT = 'a changed TLS certificate or key cannot be used: the old pair stays'

interface Ending {
  after(work: () => Promise<void>): void
}

/** A closed registry, so that it answers with challenges. */
async function start(test: Ending) {
  const secret = await MountedSecret.mount({ ...files('one'), users: '' })
  const server = await startTestServer(
    {
      'tls.certificate': secret.file('tls.crt'),
      'tls.key': secret.file('tls.key'),
      'auth.htpasswd': secret.file('users'),
    },
    test,
  )
  test.after(() => secret.remove())
  return { secret, server }
}

interface Place {
  readonly port: number
}

/** The protocol of a TLS connection; rejects if there is none. */
function shake({ port }: Place, options: ConnectionOptions = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options })
    socket.once('secureConnect', () => resolve(socket))
    socket.once('error', reject)
  })
}

/** The certificate that the server presents. */
async function shown(place: Place): Promise<string | undefined> {
  const socket = await shake(place)
  const { raw } = socket.getPeerCertificate()
  socket.destroy()
  return Object.entries(TLS_PAIRS).find(([, { certificate }]) =>
    new X509Certificate(certificate).raw.equals(raw),
  )?.[0]
}

function get(place: Place, path: string): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: place.port, path, ca: TLS_PAIRS.one.certificate }
    request(options, (answer) => {
      text(answer).then((body) => resolve({ status: answer.statusCode, body }), reject)
    })
      .on('error', reject)
      .end()
  })
}

const { server: steady } = await start({ after })

describe('TLS', () => {
  it('serves the registry with a certificate that clients can verify', async () => {
    assert.deepEqual(await get(steady, '/livez'), { status: 200, body: '{"status":"alive"}' })
  })

  it('accepts version 1.2 and 1.3 only', async () => {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = await shake(steady, { minVersion: version, maxVersion: version })
      assert.equal(socket.getProtocol(), version)
      socket.destroy()
    }
    for (const version of ['TLSv1', 'TLSv1.1'] as const) {
      // OpenSSL offers old versions only at its lowest security level.
      const old = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' }
      await assert.rejects(shake(steady, old), /protocol version|ECONNRESET|alert/i)
    }
  })

  it('gives no answer to plain HTTP on its port', async () => {
    const connection = await RawConnection.open(steady)
    connection.write('GET /v2/ HTTP/1.1\r\nHost: registry.example\r\n\r\n')
    await connection.closed
    await assert.rejects(connection.answer())
    assert.equal(await shown(steady), 'one')
  })

  it('has https in the challenge', async () => {
    const socket = await shake(steady)
    socket.write('GET /v2/ HTTP/1.1\r\nHost: registry.example:1\r\nConnection: close\r\n\r\n')
    assert.match(await text(socket), /Bearer realm="https:\/\/registry\.example:1\/token"/)
  })
})

describe('a changed TLS certificate', { concurrency: true }, () => {
  it('is used for new connections, while old ones continue', async (test) => {
    const { secret, server } = await start(test)
    const old = await shake(server)
    const before = server.log.lines.length
    await secret.update({ ...files('two'), users: '' })
    await server.log.line(({ message }) => message === READ, before)
    assert.equal(await shown(server), 'two')
    old.write('GET /v2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    assert.match(await text(old), /^HTTP\/1\.1 401 Unauthorized/)
    await assert.rejects(
      shake(server, {
        maxVersion: 'TLSv1.1',
        minVersion: 'TLSv1.1',
        ciphers: 'DEFAULT@SECLEVEL=0',
      }),
    )
  })

  it('is ignored while it does not match its key, or is invalid', async (test) => {
    const { secret, server } = await start(test)
    for (const broken of [files('two', 'one'), { ...files('two'), 'tls.crt': 'none' }]) {
      const before = server.log.lines.length
      await secret.update({ ...broken, users: '' })
      const { level } = await server.log.line(({ message }) => message === KEPT, before)
      assert.equal(level, 'error')
      assert.equal(await shown(server), 'one')
    }
    const before = server.log.lines.length
    await secret.update({ ...files('two'), users: '' })
    await server.log.line(({ message }) => message === READ, before)
    assert.equal(await shown(server), 'two')
    assert.doesNotMatch(JSON.stringify(server.log.lines), /PRIVATE KEY/)
  })
})

describe('an invalid TLS configuration', () => {
  it('stops the start, naming the files', async (test) => {
    const directory = await temporaryDirectory(test)
    const [certificate, key] = [join(directory, 'tls.crt'), join(directory, 'tls.key')]
    const both = { 'tls.certificate': certificate, 'tls.key': key }
    const data = join(directory, 'data')
    const rejects = (settings: Record<string, string>, reason: RegExp) =>
      assert.rejects(startTestServer({ ...settings, data }), reason)
    await writeFile(certificate, TLS_PAIRS.one.certificate)
    await rejects(both, /^Error: tls\.certificate .*tls\.crt with tls\.key .*tls\.key: ENOENT/)
    await writeFile(key, TLS_PAIRS.two.key)
    await rejects(both, /^Error: tls\.certificate .*key values mismatch/)
    await rejects({ 'tls.certificate': certificate }, /belong together: set both/)
    await rejects({ 'tls.key': key }, /belong together: set both/)
    await rm(certificate)
    await rejects(both, /ENOENT/)
  })
})
