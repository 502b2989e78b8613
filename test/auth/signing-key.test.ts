import assert from 'node:assert/strict'
import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openAdminKey } from '../../src/auth/admin-key.ts'
import { openSigningKey } from '../../src/auth/signing-key.ts'
import { basic, startClosedServer } from '../support/closed-server.ts'
import { startTestServer } from '../support/server.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const mode = async (path: string) => (await stat(path)).mode & 0o777

describe('the signing key', () => {
  it('is created once, with mode 0600, and kept', async (test) => {
    const data = await temporaryDirectory(test)
    const made = await openSigningKey(data)
    assert.equal(await mode(join(data, 'signing-key.json')), 0o600)
    assert.equal(made.privateKey.asymmetricKeyType, 'ed25519')
    const again = await openSigningKey(data)
    assert.deepEqual([again.service, again.kid], [made.service, made.kid])
    assert.ok(again.publicKey.equals(made.publicKey))
    assert.equal(again.fingerprint('x'), made.fingerprint('x'))
  })

  it('differs in every installation', async (test) => {
    const [one, other] = [
      await openSigningKey(await temporaryDirectory(test)),
      await openSigningKey(await temporaryDirectory(test)),
    ]
    assert.notEqual(one.kid, other.kid)
    assert.notEqual(one.service, other.service)
    assert.ok(!one.publicKey.equals(other.publicKey))
    assert.notEqual(one.fingerprint('x'), other.fingerprint('x'))
  })

  it('has mode 0600 even if a crash has left a readable file behind', async (test) => {
    const data = await temporaryDirectory(test)
    await writeFile(join(data, 'signing-key.json.new'), 'half')
    await chmod(join(data, 'signing-key.json.new'), 0o644)
    await openSigningKey(data)
    assert.equal(await mode(join(data, 'signing-key.json')), 0o600)
  })

  it('stops the start if it is damaged, without revealing the file', async (test) => {
    const data = await temporaryDirectory(test)
    const path = join(data, 'signing-key.json')
    await openSigningKey(data)
    const text = await readFile(path, 'utf8')
    const { pem } = JSON.parse(text) as { pem: string }
    const damaged = ['', text.slice(0, -20), '{}', '[]', 'null', JSON.stringify({ pem })]
    for (const broken of [...damaged, text.replace('-----BEGIN', '-----BEGINN')]) {
      await writeFile(path, broken)
      await assert.rejects(openSigningKey(data), (error: Error) => {
        assert.match(error.message, /signing-key\.json is not a signing key: delete it/)
        assert.equal(error.cause, undefined)
        return true
      })
    }
  })
})

describe('a fingerprint of a credential', () => {
  it('is short, keyed and not an id of an access token', async (test) => {
    const { fingerprint } = await openSigningKey(await temporaryDirectory(test))
    assert.match(fingerprint('x'), /^of_[\w-]{16}$/)
    assert.notEqual(fingerprint('x'), fingerprint('y'))
  })
})

describe('the admin key', () => {
  it('is created once, with mode 0600, and kept', async (test) => {
    const data = await temporaryDirectory(test)
    const key = await openAdminKey(data)
    assert.match(key, /^wsmadmin_[\w-]{43}$/)
    assert.equal(await mode(join(data, 'admin.key')), 0o600)
    assert.equal(await readFile(join(data, 'admin.key'), 'utf8'), `${key}\n`)
    assert.equal(await openAdminKey(data), key)
  })

  it('stops the start if it is empty', async (test) => {
    const data = await temporaryDirectory(test)
    for (const text of ['', '\n', 'short\n']) {
      await writeFile(join(data, 'admin.key'), text)
      await assert.rejects(
        openAdminKey(data),
        /admin\.key does not contain an admin key: delete it/,
      )
    }
  })

  it('gives access to the operator routes with any user name, even of an open registry', async (test) => {
    const open = await startTestServer({}, test)
    const closed = await startClosedServer({ users: ['alice'] })
    test.after(() => closed.stop())
    for (const server of [open, closed.server]) {
      const key = (await readFile(join(server.data, 'admin.key'), 'utf8')).trim()
      const ask = async (Authorization: string) =>
        (await server.get('/v2/_wasmoor/tokens', { Authorization })).status
      const isOpen = server === open
      for (const user of ['', 'x', 'admin', 'alice']) assert.equal(await ask(basic(user, key)), 200)
      for (const wrong of ['', key.slice(0, -1), `${key}x`, key.toUpperCase()])
        assert.equal(await ask(basic('admin', wrong)), isOpen ? 403 : 401)
      assert.equal((await server.get('/v2/_wasmoor/tokens')).status, isOpen ? 403 : 401)
    }
  })
})
