import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { ACCOUNT } from '../../src/auth/scopes.ts'
import { BearerTokens } from '../../src/auth/bearer-tokens.ts'
import { openSigningKey } from '../../src/auth/signing-key.ts'
import {
  accessToken,
  basic,
  htpasswdOf,
  revoke,
  sessionToken,
  startClosedServer,
} from '../support/closed-server.ts'
import { expect, expectError } from '../support/expected-answers.ts'
import { ForgedTokens, readToken } from '../support/forged-tokens.ts'
import type { Answer } from '../support/requests.ts'
import { startTestServer } from '../support/server.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const HOUR = 3600
const SCOPE = 'registry:account:*'

const closed = await startClosedServer({
  users: ['alice', 'bob', 'reader'],
  rules: [
    {
      repositories: ['team/**'],
      grants: [
        { users: ['alice'], actions: ['pull', 'push', 'delete'] },
        { users: ['reader'], actions: ['pull'] },
      ],
    },
    { repositories: ['**'], grants: [{ users: ['alice'], actions: ['admin'] }] },
  ],
  settings: { 'auth.tokens': 'true', 'auth.challenge': 'basic' },
})
after(() => closed.stop())
const { server } = closed

interface Given {
  readonly token: string
  readonly scope: string
  readonly expires_in: number
}

const trade = (authorization: string): Promise<Answer> =>
  server.get(`/token?scope=${SCOPE}`, { Authorization: authorization })

async function start(user: string, password?: string): Promise<Given> {
  return expect(await trade(basic(user, password)), 200).json<Given>()
}

async function statusWith(token: string, method: string, path: string): Promise<number> {
  const headers = { Authorization: `Bearer ${token}` }
  return (await server.send(method, path, { headers, body: method === 'GET' ? '' : '{}' })).status
}

describe('the token of a person who signed in', () => {
  it('is issued for a password, even with the challenge basic, and lasts an hour', async () => {
    const { scope, expires_in: lifetime, token } = await start('alice')
    assert.deepEqual([scope, lifetime], [SCOPE, HOUR])
    const { exp, iat, auth_time: since } = readToken(token).claims
    assert.equal(Number(exp) - Number(iat), HOUR)
    assert.equal(since, iat)
  })

  it('has all rights of the account but the operator routes', async () => {
    const { token } = await start('alice')
    assert.equal(await statusWith(token, 'POST', '/v2/team/a/blobs/uploads/'), 202)
    assert.equal(await statusWith(token, 'POST', '/v2/team/b/blobs/uploads/'), 202)
    assert.equal(await statusWith(token, 'POST', '/v2/other/blobs/uploads/'), 403)
    assert.equal(await statusWith(token, 'GET', '/v2/_wasmoor/repositories'), 200)
    assert.equal(await statusWith(token, 'GET', '/v2/_catalog'), 200)
    assert.equal(await statusWith(token, 'GET', '/v2/_wasmoor/tokens'), 401)
    const reader = await start('reader')
    assert.equal(await statusWith(reader.token, 'POST', '/v2/team/a/blobs/uploads/'), 403)
  })

  it('identifies its account at the whoami route', async () => {
    const { token } = await start('reader')
    const answer = await server.get('/v2/_wasmoor/whoami', { Authorization: `Bearer ${token}` })
    assert.deepEqual(expect(answer, 200).json(), {
      account: 'reader',
      open: false,
      anonymousPull: false,
      registry: `${server.host}:${server.port}`,
    })
    const anonymous = expect(await server.get('/v2/_wasmoor/whoami'), 200)
    assert.equal(anonymous.json<{ account?: string }>().account, undefined)
  })

  it('can be renewed until eight hours after the password was given', async () => {
    const { token } = await start('alice')
    const forged = new ForgedTokens(server.data)
    const now = Math.floor(Date.now() / 1000)
    const since = (hours: number) => ({ auth_time: now - hours * HOUR })
    const next = expect(await trade(`Bearer ${forged.altered(token, since(6))}`), 200)
    assert.equal(next.json<Given>().expires_in, HOUR)
    assert.equal(readToken(next.json<Given>().token).claims['auth_time'], now - 6 * HOUR)
    const last = expect(await trade(`Bearer ${forged.altered(token, since(7.5))}`), 200)
    assert.ok(Math.abs(last.json<Given>().expires_in - HOUR / 2) <= 60)
    const over = forged.altered(token, { ...since(8), exp: now - 1 })
    expectError(await trade(`Bearer ${over}`), 401, 'UNAUTHORIZED')
  })

  it('is issued only for a password, not for another token', async () => {
    const narrow = await sessionToken(server, basic('alice'), 'repository:team/a:pull')
    expectError(await trade(`Bearer ${narrow}`), 401, 'UNAUTHORIZED')
    expectError(await trade('Bearer nonsense'), 401, 'UNAUTHORIZED')
    const anonymous = expect(await server.get(`/token?scope=${SCOPE}`), 200).json<Given>()
    assert.equal(anonymous.scope, '')
    expectError(await trade(`Bearer ${anonymous.token}`), 401, 'UNAUTHORIZED')
  })

  it('ends with the access token it was issued for, and has no more rights', async () => {
    const limits = { owner: 'alice', repositories: ['team/a'], actions: ['pull'] }
    const { secret, id } = await accessToken(closed, limits)
    const { token } = await start('anybody', secret)
    assert.equal(await statusWith(token, 'POST', '/v2/team/a/blobs/uploads/'), 403)
    assert.equal(await statusWith(token, 'GET', '/v2/_wasmoor/whoami'), 200)
    await revoke(closed, id)
    assert.equal(await statusWith(token, 'GET', '/v2/_wasmoor/whoami'), 401)
    expectError(await trade(`Bearer ${token}`), 401, 'UNAUTHORIZED')
  })

  it('becomes invalid when the password changes', async () => {
    const { token } = await start('bob')
    assert.equal(await statusWith(token, 'GET', '/v2/_wasmoor/whoami'), 200)
    const users = ['alice', 'reader', 'bob']
    const text = htpasswdOf(users, (user) => (user === 'bob' ? 'new' : `${user}:p@ss:word`))
    await writeFile(join(closed.directory, 'htpasswd'), text)
    while ((await trade(basic('bob', 'new'))).status !== 200)
      await new Promise((resolve) => setTimeout(resolve, 20))
    assert.equal(await statusWith(token, 'GET', '/v2/_wasmoor/whoami'), 401)
    expectError(await trade(`Bearer ${token}`), 401, 'UNAUTHORIZED')
  })

  it('never lasts longer than eight hours, even if the clock is set back', async (test) => {
    let now = Date.UTC(2026, 10, 1)
    const tokens = new BearerTokens(await openSigningKey(await temporaryDirectory(test)), () => now)
    const alice = { name: 'alice', credential: 'of_x' }
    const since = now
    const begin = now
    for (;;) {
      const { token, lifetime } = await tokens.issue(alice, [ACCOUNT], since)
      assert.ok(lifetime <= HOUR)
      const read = await tokens.verify(token)
      assert.equal(read?.signedInAt, since)
      assert.ok(read.expiresAt <= begin + 8 * HOUR * 1000)
      if (read.expiresAt === begin + 8 * HOUR * 1000) break
      now = read.expiresAt - 60_000
    }
  })
})

describe('an open registry', () => {
  it('reports at the whoami route that it needs no login', async (test) => {
    const open = await startTestServer({}, test)
    const answer = expect(await open.get('/v2/_wasmoor/whoami'), 200)
    const registry = `${open.host}:${open.port}`
    assert.deepEqual(answer.json(), { open: true, anonymousPull: true, registry })
    const traded = await open.get(`/token?scope=${SCOPE}`, { Authorization: basic('x', 'y') })
    assert.equal(expect(traded, 200).json<Given>().scope, '')
  })
})
