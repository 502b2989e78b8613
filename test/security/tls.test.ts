import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { connect } from 'node:tls'
import { MountedSecret } from '../support/mounted-secret.ts'
import { RSA_PAIR } from '../support/rsa-pair.ts'
import { startTestServer } from '../support/server.ts'

const files = { 'tls.crt': RSA_PAIR.certificate, 'tls.key': RSA_PAIR.key }
const secret = await MountedSecret.mount(files)
after(() => secret.remove())
const server = await startTestServer(
  { 'tls.certificate': secret.file('tls.crt'), 'tls.key': secret.file('tls.key') },
  { after },
)

/** The cipher suite of a TLS 1.2 connection that offers only these; undefined if there is none. */
function agreedSuite(ciphers: string): Promise<string | undefined> {
  const { port } = server
  const version = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const
  return new Promise((resolve) => {
    const socket = connect({
      host: '127.0.0.1',
      port,
      rejectUnauthorized: false,
      ciphers,
      ...version,
    })
    socket.once('secureConnect', () => {
      resolve(socket.getCipher().name)
      socket.destroy()
    })
    socket.once('error', () => resolve(undefined))
  })
}

const REFUSED = [
  // The key exchange of RSA has no forward secrecy.
  'AES256-GCM-SHA384',
  'AES128-GCM-SHA256',
  'AES128-SHA',
  'AES256-SHA256',
  // CBC
  'ECDHE-RSA-AES128-SHA',
  'ECDHE-RSA-AES256-SHA384',
]
const ACCEPTED = [
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-RSA-CHACHA20-POLY1305',
]

async function assertSuites(): Promise<void> {
  for (const suite of REFUSED) assert.equal(await agreedSuite(suite), undefined, suite)
  for (const suite of ACCEPTED) assert.equal(await agreedSuite(suite), suite)
}

describe('the cipher suites of TLS 1.2', () => {
  it('L9: are those with forward secrecy and without CBC', assertSuites)

  it('L9: are the same after the certificate was read again', async () => {
    await secret.update(files)
    await server.log.line(({ message }) => message === 'the TLS certificate was read again')
    await assertSuites()
  })
})
