import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MountedSecret } from '../support/mounted-secret.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { RSA_PAIR } from '../support/rsa-pair.ts'
import { startTestServer } from '../support/server.ts'

describe('a connection without a TLS handshake', () => {
  it('L9: is closed long before the idle timeout', { timeout: 60_000 }, async (test) => {
    const secret = await MountedSecret.mount({
      'tls.crt': RSA_PAIR.certificate,
      'tls.key': RSA_PAIR.key,
    })
    test.after(() => secret.remove())
    const server = await startTestServer(
      {
        'tls.certificate': secret.file('tls.crt'),
        'tls.key': secret.file('tls.key'),
        'http.idleTimeout': '1h',
      },
      test,
    )
    const silent = await RawConnection.open(server)
    await silent.closed
    assert.equal(server.log.lines.filter(({ level }) => level === 'error').length, 0)
  })
})
