import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, describe, it, type TestContext } from 'node:test'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { AccessTokens } from '../../src/auth/access-tokens.ts'
import { openStorage } from '../../storage/storage.ts'
import {
  accessToken,
  adminOf,
  basic,
  bearer,
  htpasswdOf,
  type MadeToken,
  revoke,
  startClosedServer,
} from '../support/closed-server.ts'
import { expect, expectError } from '../support/expected-answers.ts'
import { KeptLog } from '../support/kept-log.ts'
import { Owner } from '../support/route-requests.ts'
import { startTestServer } from '../support/server.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const closed = await startClosedServer({
  users: ['alice', 'bob'],
  rules: [
    {
      repositories: ['public/**'],
      grants: [{ users: ['alice', 'robot'], actions: ['pull'] }],
    },
    {
      repositories: ['**'],
      grants: [{ users: ['alice', 'robot'], actions: ['pull', 'push', 'delete'] }],
    },
  ],
  settings: { 'auth.tokens': 'true' },
})
after(() => closed.stop())
const { server, admin } = closed
/** The servers that a test needs for itself, one after the other. */
const data = await temporaryDirectory({ after })

const make = (request: object = {}) =>
  accessToken(closed, { owner: 'robot', repositories: ['**'], actions: ['pull'], ...request })

const status = async (method: string, path: string, Authorization: string) =>
  (await server.send(method, path, { headers: { Authorization } })).status

const startOf = (repository: string) => `/v2/${repository}/blobs/uploads/`

describe('an access token', () => {
  it('has a recognisable prefix and a checksum', async () => {
    const { secret } = await make()
    assert.match(secret, /^wsm_[0-9A-Za-z]{42}$/)
    assert.ok(AccessTokens.isSecret(secret))
    const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
    const sum = secret
      .slice(-6)
      .split('')
      .reduce((n, digit) => n * 62 + alphabet.indexOf(digit), 0)
    assert.equal(sum, crc32(secret.slice(0, -6)))
    assert.notEqual((await make()).secret, secret)
  })

  it('is invalid with one character changed', async () => {
    const { secret } = await make()
    const place = fc.integer({ min: 0, max: secret.length - 1 })
    fc.assert(
      fc.property(place, fc.stringMatching(/^[0-9A-Za-z]$/), (at, other) => {
        const changed = secret.slice(0, at) + other + secret.slice(at + 1)
        assert.equal(AccessTokens.isSecret(changed), changed === secret)
      }),
    )
    for (const other of ['', 'wsm_', secret.slice(0, -1), `${secret}0`, ` ${secret}`])
      assert.equal(AccessTokens.isSecret(other), false)
  })

  it('is a password with any user name, for its owner', async () => {
    const { secret } = await make({ owner: 'alice' })
    for (const user of ['alice', 'x', '', 'bob', 'nobody', '<token>']) {
      const requestId = `token-${Buffer.from(user).toString('hex')}`
      const headers = { Authorization: basic(user, secret), 'X-Request-Id': requestId }
      expect(await server.get('/v2/', headers), 200)
      assert.equal((await server.log.accessLine(requestId))['account'], 'alice')
    }
  })

  it('allows only the actions that both its limits and its owner have', async () => {
    await new Owner(server, basic('alice'), admin).manifest('v1', undefined, 'asm/web')
    const pulling = basic('x', (await make({ repositories: ['asm/**'] })).secret)
    assert.equal(await status('GET', '/v2/asm/web/manifests/v1', pulling), 200)
    assert.equal(await status('POST', startOf('asm/web'), pulling), 403)
    assert.equal(await status('GET', '/v2/other/manifests/v1', pulling), 403)
    const pushing = { actions: ['pull', 'push'] }
    const wide = basic('x', (await make(pushing)).secret)
    assert.equal(await status('POST', startOf('asm/web'), wide), 202)
    assert.equal(await status('POST', startOf('public/x'), wide), 403)
    const bobs = basic('x', (await make({ ...pushing, owner: 'bob' })).secret)
    assert.equal(await status('GET', '/v2/asm/web/manifests/v1', bobs), 403)
  })

  it('never gives access to the operator routes, whoever owns it', async (test) => {
    const rules = [{ repositories: ['**'], grants: [{ users: ['alice'], actions: ['admin'] }] }]
    const settings = { data, 'auth.tokens': 'true' }
    const operated = await startClosedServer({ users: ['alice'], rules, settings })
    test.after(() => operated.stop())
    const request = { owner: 'alice', repositories: ['**'], actions: ['pull'] }
    const { secret } = await accessToken(operated, request)
    const ask = async (Authorization: string) =>
      (await operated.server.get('/v2/_wasmoor/tokens', { Authorization })).status
    assert.equal(await ask(basic('alice')), 200)
    assert.equal(await ask(basic('alice', secret)), 403)
    const scope = 'registry:wasmoor:*'
    // Nor does a bearer token without that scope.
    const narrow = { Authorization: await bearer(operated.server, basic('alice')) }
    const refused = expect(await operated.server.get('/v2/_wasmoor/tokens', narrow), 401)
    const challenge = String(refused.headers['www-authenticate'])
    assert.match(challenge, /scope="registry:wasmoor:\*",error="insufficient_scope"$/)
    assert.equal(await ask(await bearer(operated.server, basic('alice'), scope)), 200)
    assert.equal(await ask(await bearer(operated.server, basic('x', secret), scope)), 403)
  })

  it('is invalid once it is revoked, with all bearer tokens issued for it', async () => {
    const { id, secret } = await make()
    const session = await bearer(server, basic('x', secret), 'repository:asm/web:pull')
    const path = '/v2/asm/web/manifests/v1'
    for (const authorization of [basic('x', secret), session])
      for (let times = 0; times < 2; times++)
        assert.equal(await status('GET', path, authorization), 200)
    await revoke(closed, id)
    for (const authorization of [basic('x', secret), session])
      assert.equal(await status('GET', path, authorization), 401)
    expectError(
      await server.get('/token', { Authorization: basic('x', secret) }),
      401,
      'UNAUTHORIZED',
    )
    const again = await server.delete(`/v2/_wasmoor/tokens/${id}`, { Authorization: admin })
    expectError(again, 404, 'UNSUPPORTED')
  })

  it('is never checked with bcrypt, so that a wrong one slows nobody down', async () => {
    const { secret, id } = await make()
    await revoke(closed, id)
    for (let times = 0; times < 30; times++)
      assert.equal(await status('GET', '/v2/', basic('alice', secret)), 401)
    assert.equal(await status('GET', '/v2/', basic('alice')), 200)
  })
})

describe('access tokens in the store', () => {
  it('are stored only as hashes', async (test) => {
    const first = await startTestServer({ data, 'auth.tokens': 'true' }, test)
    const key = { server: first, admin: await adminOf(first) }
    const request = { owner: 'robot', repositories: ['**'], actions: ['pull'] }
    const { secret, id } = await accessToken(key, request)
    await first.stop()
    for (const file of await readdir(data, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue
      const bytes = await readFile(join(file.parentPath, file.name))
      assert.ok(!bytes.includes(secret) && !bytes.includes(secret.slice(4, 24)), file.name)
    }
    const log = new KeptLog()
    const { index } = await openStorage({ data, durability: 'none', acceptGap: false, log })
    const record = await index.accessTokens.get(id)
    await index.close()
    assert.equal(record?.hash, createHash('sha256').update(secret).digest('hex'))
    const second = await startTestServer({ data, 'auth.tokens': 'true' }, test)
    expect(await second.get('/v2/', { Authorization: basic('x', secret) }), 200)
  })
})

describe('the list of access tokens', () => {
  const list = async () =>
    expect(await server.get('/v2/_wasmoor/tokens?n=1000', { Authorization: admin }), 200)

  it('contains all fields but the secret and its hash', async () => {
    const before = Date.now()
    const request = { repositories: ['a/**', 'b'], actions: ['pull', 'push'], lifetime: 60_000 }
    const { secret, ...made } = await make(request)
    assert.deepEqual([made['owner'], made['repositories']], ['robot', ['a/**', 'b']])
    const text = (await list()).text
    assert.ok(!text.includes(secret.slice(4)))
    assert.ok(!text.includes('hash'))
    const { tokens } = JSON.parse(text) as { tokens: MadeToken[] }
    assert.deepEqual(
      tokens.find(({ id }) => id === made.id),
      made,
    )
    for (const [field, at] of [
      ['createdAt', 0],
      ['expiresAt', 60_000],
    ] as const) {
      const time = Number(made[field]) - at
      assert.ok(time >= before && time <= Date.now(), field)
    }
  })

  it('contains the time of the last use of a token', async () => {
    const { id, secret, ...made } = await make()
    assert.equal(made['lastUsedAt'], undefined)
    const before = Date.now()
    expect(await server.get('/v2/', { Authorization: basic('x', secret) }), 200)
    for (;;) {
      const { tokens } = (await list()).json<{ tokens: MadeToken[] }>()
      const used = tokens.find((token) => token.id === id)?.['lastUsedAt']
      if (used === undefined) continue
      assert.ok(Number(used) >= before && Number(used) <= Date.now())
      break
    }
  })
})

describe('the creation of an access token', () => {
  it('returns the secret once, in an answer that must not be cached', async () => {
    const body = JSON.stringify({ owner: 'robot', repositories: ['**'], actions: ['pull'] })
    const answer = await server.post('/v2/_wasmoor/tokens', {
      headers: { Authorization: admin },
      body,
    })
    assert.equal(expect(answer, 201).headers['cache-control'], 'no-store')
  })

  it('is rejected for an invalid request', async () => {
    const sound = { owner: 'robot', repositories: ['**'], actions: ['pull'] }
    const wrong = [
      { ...sound, owner: '' },
      { ...sound, owner: 'a:b' },
      { ...sound, owner: 'x'.repeat(65) },
      { ...sound, repositories: [] },
      { ...sound, repositories: '**' },
      { ...sound, repositories: Array.from({ length: 101 }, () => 'a') },
      { ...sound, actions: [] },
      { ...sound, actions: ['admin'] },
      { ...sound, lifetime: 0 },
      { ...sound, lifetime: -1 },
      { ...sound, lifetime: 1.5 },
      { ...sound, secret: 'mine' },
      { ...sound, boundToAccount: false },
      {},
      [],
      null,
    ]
    for (const request of wrong) {
      const options = { headers: { Authorization: admin }, body: JSON.stringify(request) }
      expectError(await server.post('/v2/_wasmoor/tokens', options), 400, 'UNSUPPORTED')
    }
    const options = { headers: { Authorization: admin }, body: '{' }
    expectError(await server.post('/v2/_wasmoor/tokens', options), 400, 'UNSUPPORTED')
  })

  it('is rejected if access tokens are turned off, which makes existing ones invalid', async (test) => {
    const first = await startTestServer({ data, 'auth.tokens': 'true' }, test)
    const key = { server: first, admin: await adminOf(first) }
    const request = { owner: 'robot', repositories: ['**'], actions: ['pull'] }
    const { secret, id } = await accessToken(key, request)
    await first.stop()
    const off = await startClosedServer({ users: ['alice'], settings: { data } })
    test.after(() => off.stop())
    const headers = { Authorization: off.admin }
    const made = await off.server.post('/v2/_wasmoor/tokens', {
      headers,
      body: JSON.stringify(request),
    })
    assert.match(expectError(made, 400, 'UNSUPPORTED'), /auth\.tokens/)
    expectError(
      await off.server.get('/v2/', { Authorization: basic('x', secret) }),
      401,
      'UNAUTHORIZED',
    )
    await revoke(off, id)
  })
})

/** A server with accounts that a test can change. */
async function changing(test: TestContext) {
  const directory = await temporaryDirectory(test)
  const [htpasswd, pullers] = [join(directory, 'users'), join(directory, 'config.json')]
  await writeFile(htpasswd, htpasswdOf(['alice']))
  const auths = { 'registry.example/asm': { username: 'docker', password: 'x' } }
  await writeFile(pullers, JSON.stringify({ auths }))
  const changed = await startTestServer(
    {
      data,
      'auth.htpasswd': htpasswd,
      'auth.dockerconfigjson': pullers,
      'auth.hosts': '[registry.example]',
      'auth.tokens': 'true',
    },
    test,
  )
  return { server: changed, admin: await adminOf(changed), htpasswd }
}

describe('the owner of an access token', () => {
  it('takes the token along when its account is deleted, unless it is a robot', async (test) => {
    const { server: changed, admin: key, htpasswd } = await changing(test)
    const forOwner = async (owner: string) => {
      const request = { owner, repositories: ['**'], actions: ['pull'] }
      return basic('x', (await accessToken({ server: changed, admin: key }, request)).secret)
    }
    const [alices, robots] = [await forOwner('alice'), await forOwner('robot')]
    const session = await bearer(changed, alices)
    const statuses = () =>
      Promise.all(
        [alices, session, robots].map(
          async (Authorization) => (await changed.get('/v2/', { Authorization })).status,
        ),
      )
    assert.deepEqual(await statuses(), [200, 200, 200])
    await writeFile(htpasswd, htpasswdOf(['bob']))
    await changed.log.line(({ message }) => message === 'reloaded accounts')
    assert.deepEqual(await statuses(), [401, 401, 200])
  })

  it('has no more rights with the token than without, even without rules', async (test) => {
    const { server: changed, admin: key } = await changing(test)
    const owner = new Owner(changed, basic('alice'), key)
    for (const repository of ['asm/a', 'web']) await owner.manifest('v1', undefined, repository)
    const request = { owner: 'docker', repositories: ['**'], actions: ['pull', 'push', 'delete'] }
    const { secret } = await accessToken({ server: changed, admin: key }, request)
    const ask = async (method: string, path: string) =>
      (await changed.send(method, path, { headers: { Authorization: basic('x', secret) } })).status
    assert.equal(await ask('GET', '/v2/asm/a/manifests/v1'), 200)
    assert.equal(await ask('POST', startOf('asm/a')), 403)
    assert.equal(await ask('DELETE', '/v2/asm/a/manifests/v1'), 403)
    assert.equal(await ask('GET', '/v2/web/manifests/v1'), 403)
  })
})

describe('an access token that expires', () => {
  it('becomes invalid at its expiry, with all bearer tokens issued for it', async () => {
    const record = new Map<string, unknown>()
    let now = 1_000_000
    const index = {
      get: async (id: string) => record.get(id),
      put: async (made: { id: string }) => void record.set(made.id, made),
      touch: async () => undefined,
    }
    const tokens = new AccessTokens(
      index as unknown as ConstructorParameters<typeof AccessTokens>[0],
      { limits: () => undefined },
      () => now,
    )
    const wanted = { owner: 'robot', repositories: ['**'], actions: ['pull'] }
    const { secret, record: made } = await tokens.create({ ...wanted, expiresAt: now + 1000 })
    const credential = `wsm_${made.id}`
    assert.equal((await tokens.verify(secret))?.credential, credential)
    now += 999
    assert.equal((await tokens.find(credential))?.name, 'robot')
    now += 1
    assert.equal(await tokens.find(credential), undefined)
    assert.equal(await tokens.verify(secret), undefined)
  })
})
