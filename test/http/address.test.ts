import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import fc from 'fast-check'
import { checkHost, readPath } from '../../src/http/address.ts'
import { RegistryError } from '../../src/oci/errors.ts'
import { expect, expectError } from '../support/expected-answers.ts'
import { image } from '../support/manifest-texts.ts'
import { pushBlob, pushImage } from '../support/pushes.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { startTestServer } from '../support/server.ts'

const server = await startTestServer({ hosts: '[reg.example.com, xn--bcher-kva.example]' })
after(() => server.stop())

describe('a path', () => {
  it('a path is itself where nothing is escaped', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!text.includes('%'))
        assert.equal(readPath(text), text)
      }),
    )
  })

  it('a path may escape colons of its last segment, and nothing else', () => {
    assert.equal(readPath('/v2/a/manifests/sha256%3Aff'), '/v2/a/manifests/sha256:ff')
    assert.equal(readPath('/v2/a/manifests/sha256%3aff'), '/v2/a/manifests/sha256:ff')
    const escapes = [
      '%2f',
      '%2F',
      '%2e',
      '%00',
      '%25',
      '%253A',
      '%zz',
      '%',
      '%3',
      '%3A%',
      '%41',
      '%C3%A9',
    ]
    for (const escape of escapes) {
      assert.throws(() => readPath(`/v2/a/manifests/${escape}`), RegistryError, escape)
      assert.throws(() => readPath(`/v2/${escape}/manifests/x`), RegistryError, escape)
    }
    for (let byte = 0; byte < 256; byte++) {
      const escape = `%${byte.toString(16).padStart(2, '0')}`
      if (escape !== '%3a')
        assert.throws(() => readPath(`/v2/a/manifests/x${escape}`), RegistryError, escape)
    }
    assert.throws(() => readPath('/v2/a%3Ab/manifests/x'), RegistryError)
    assert.throws(() => readPath('/v2/a%3Ab/manifests/sha256%3Aff'), RegistryError)
  })

  it('a path with escaped colons finds what the plain one finds', async () => {
    const digest = await pushImage(server, 'escaped', 'latest')
    const blob = await pushBlob(server, 'escaped', 'a blob')
    const escaped = (text: string) => text.replace(':', '%3A')
    for (const path of [`manifests/${digest}`, `blobs/${blob}`, `referrers/${digest}`]) {
      const plain = expect(await server.get(`/v2/escaped/${path}`), 200)
      const other = expect(await server.get(`/v2/escaped/${escaped(path)}`), 200)
      assert.equal(other.text, plain.text)
    }
    const put = await server.put(`/v2/escaped/manifests/${escaped(digest)}`, {
      body: image(),
      headers: { 'Content-Type': 'application/vnd.oci.image.manifest.v1+json' },
    })
    assert.equal(expect(put, 201).headers.location, `/v2/escaped/manifests/${digest}`)
    expect(await server.delete(`/v2/escaped/manifests/${escaped(digest)}`), 202)
  })

  it('a path with any other escape is refused, for every method', async () => {
    await pushImage(server, 'a/b', 'latest')
    expect(await server.get('/v2/a/b/manifests/latest'), 200)
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'POST'])
      for (const path of [
        '/v2/a%2Fb/manifests/latest',
        '/v2/a/b/manifests/l%61test',
        '/%2e%2e/v2/',
      ]) {
        const message = expectError(await server.send(method, path), 400, 'UNSUPPORTED')
        assert.match(message, /percent escape/)
      }
  })
})

describe('a Host header', () => {
  const good = [
    'localhost',
    'localhost:5000',
    'REG.Example.com',
    'reg.example.com.',
    'a_b',
    '127.0.0.1:80',
  ]
  const alsoGood = ['[::1]', '[::1]:5000', '[fe80::1]:1', 'xn--bcher-kva.example', 'a', '1', '']
  const bad = [
    'a b',
    'a/b',
    'user@host',
    'a:b',
    'a:',
    'a:123456',
    ':80',
    '::1',
    '[::1',
    '[::1]x',
    '[g]',
  ]
  const alsoBad = [
    'a,b',
    'a"b',
    'a<b',
    '-a',
    'a-',
    '..',
    'a?b',
    'a#b',
    'a\\b',
    'é',
    'a%41',
    'x'.repeat(300),
  ]

  it('a Host header is a host name or address with or without a port', () => {
    for (const host of [...good, ...alsoGood, undefined]) checkHost(host)
    for (const host of [...bad, ...alsoBad])
      assert.throws(() => checkHost(host), RegistryError, host)
  })

  it('a Host header is refused with 400 when it is not, before anything is done', async () => {
    const id = await pushImage(server, 'hosted', 'latest')
    for (const host of [...bad, ...alsoBad]) {
      const headers = { Host: Buffer.from(host).toString('latin1') }
      const answer = await server.send('DELETE', `/v2/hosted/manifests/${id}`, { headers })
      assert.match(expectError(answer, 400, 'UNSUPPORTED'), /Host header/)
      expectError(await server.get('/v2/hosted/manifests/latest', headers), 400, 'UNSUPPORTED')
    }
    for (const host of [...good, ...alsoGood])
      expect(await server.get('/v2/hosted/manifests/latest', { Host: host }), 200)
  })

  it('a Host header may be missing from HTTP/1.0, not from HTTP/1.1', async () => {
    const old = await RawConnection.open(server)
    old.request(['GET /v2/ HTTP/1.0'])
    assert.equal((await old.answer()).status, 200)
    await old.closed
    const recent = await RawConnection.open(server)
    recent.request(['GET /v2/ HTTP/1.1'])
    assert.equal((await recent.answer()).status, 400)
    await recent.closed
  })
})
