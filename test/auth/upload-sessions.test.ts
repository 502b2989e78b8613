import assert from 'node:assert/strict'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { openStorage } from '../../storage/storage.ts'
import {
  accessToken,
  basic,
  bearer,
  htpasswdOf,
  revoke,
  sessionToken,
  startClosedServer,
} from '../support/closed-server.ts'
import { expect, expectError } from '../support/expected-answers.ts'
import { ForgedTokens } from '../support/forged-tokens.ts'
import { KeptLog } from '../support/kept-log.ts'
import { digest } from '../support/manifest-texts.ts'
import { Owner } from '../support/route-requests.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const USERS = ['alice', 'bob', 'reader']
const RULES = [
  {
    repositories: ['**'],
    grants: [
      { users: ['alice', 'bob', 'robot'], actions: ['pull', 'push'] },
      { users: ['reader'], actions: ['pull'] },
    ],
  },
]
const SCOPES = ['repository:a:pull,push', 'repository:b:pull,push']

const closed = await startClosedServer({
  users: USERS,
  rules: RULES,
  settings: { 'auth.tokens': 'true' },
})
after(() => closed.stop())
const { server } = closed
const forged = new ForgedTokens(server.data)
const alice = new Owner(server, basic('alice'), closed.admin)

/** A token of the account that expired a minute ago. */
async function expired(authorization: string, scopes: readonly string[] = SCOPES): Promise<string> {
  const token = await sessionToken(server, authorization, ...scopes)
  return `Bearer ${forged.altered(token, { exp: Math.floor(Date.now() / 1000) - 60 })}`
}

const METHODS = ['PATCH', 'GET', 'PUT', 'DELETE'] as const
const OWN = { PATCH: 202, GET: 204, PUT: 201, DELETE: 204 }

function ask(method: (typeof METHODS)[number], path: string, Authorization?: string) {
  const body = method === 'GET' || method === 'DELETE' ? '' : 'bytes'
  const target = method === 'PUT' ? `${path}?digest=${digest('bytes')}` : path
  const headers = Authorization === undefined ? {} : { Authorization }
  return server.send(method, target, { headers, body })
}

/** The status of each method in a session that alice has just opened in the repository a. */
async function answers(authorization: string | undefined, path?: (own: string) => string) {
  const all: Record<string, number> = {}
  for (const method of METHODS) {
    const own = await alice.upload('a')
    all[method] = (await ask(method, path?.(own) ?? own, authorization)).status
    // A rejected request must not have changed anything.
    if (all[method] >= 400) expect(await alice.send('GET', own), 204)
  }
  return all
}

const everywhere = (status: number) => Object.fromEntries(METHODS.map((method) => [method, status]))

describe('an upload session', () => {
  it('is open to the account that opened it, with any of its credentials', async () => {
    assert.deepEqual(await answers(basic('alice')), OWN)
    assert.deepEqual(await answers(await bearer(server, basic('alice'), ...SCOPES)), OWN)
  })

  it('does not exist for another account that may push', async () => {
    assert.deepEqual(await answers(basic('bob')), everywhere(404))
    assert.deepEqual(await answers(await bearer(server, basic('bob'), ...SCOPES)), everywhere(404))
    const error = await ask('PATCH', await alice.upload('a'), basic('bob'))
    expectError(error, 404, 'BLOB_UPLOAD_UNKNOWN')
  })

  it('does not exist for the admin key, which has not opened it', async () => {
    assert.deepEqual(await answers(closed.admin), everywhere(404))
  })

  it('is denied to an account that may not push, and challenges anonymous callers', async () => {
    assert.deepEqual(await answers(basic('reader')), everywhere(403))
    assert.deepEqual(await answers(undefined), everywhere(401))
  })

  it('does not exist in another repository', async () => {
    const moved = (own: string) => own.replace('/v2/a/', '/v2/b/')
    assert.deepEqual(await answers(basic('alice'), moved), everywhere(404))
  })

  it('belongs to the owner of an access token, with any of its tokens', async () => {
    const request = { owner: 'alice', repositories: ['a'], actions: ['push'] }
    const { secret } = await accessToken(closed, request)
    assert.deepEqual(await answers(basic('x', secret)), OWN)
    const reading = await accessToken(closed, { ...request, actions: ['pull'] })
    assert.deepEqual(await answers(basic('x', reading.secret)), everywhere(403))
  })
})

describe('an expired token', () => {
  it('can continue an upload session of its account', async () => {
    assert.deepEqual(await answers(await expired(basic('alice'))), OWN)
  })

  it('is rejected for any other request', async () => {
    const Authorization = await expired(basic('alice'))
    const others: readonly [method: string, path: string][] = [
      ['GET', '/v2/'],
      ['GET', '/v2/a/tags/list'],
      ['POST', '/v2/a/blobs/uploads/'],
      ['PUT', '/v2/a/manifests/v1'],
      ['GET', '/v2/_catalog'],
      ['GET', `/v2/a/blobs/uploads/${'0'.repeat(8)}-0000-4000-8000-${'0'.repeat(12)}`],
    ]
    for (const [method, path] of others) {
      const answer = await server.send(method, path, { headers: { Authorization }, body: '' })
      expectError(answer, 401, 'UNAUTHORIZED')
      assert.match(String(answer.headers['www-authenticate']), /error="invalid_token"$/)
    }
  })

  it('of another account is rejected', async () => {
    assert.deepEqual(await answers(await expired(basic('bob'))), everywhere(401))
  })

  it('is rejected in another repository', async () => {
    const moved = (own: string) => own.replace('/v2/a/', '/v2/b/')
    assert.deepEqual(await answers(await expired(basic('alice')), moved), everywhere(401))
  })

  it('needs the scope to push there', async () => {
    for (const scope of ['repository:a:pull', 'repository:b:pull,push'])
      assert.deepEqual(await answers(await expired(basic('alice'), [scope])), everywhere(401))
  })

  it('must be signed by this registry, and be valid already', async () => {
    const token = await sessionToken(server, basic('alice'), ...SCOPES)
    const now = Math.floor(Date.now() / 1000)
    const early = forged.altered(token, { exp: now - 60, nbf: now + 60 })
    assert.deepEqual(await answers(`Bearer ${early}`), everywhere(401))
    const [head, body] = forged.altered(token, { exp: now - 60 }).split('.')
    assert.deepEqual(await answers(`Bearer ${head}.${body}.x`), everywhere(401))
  })

  it('is rejected after its access token was revoked', async () => {
    const request = { owner: 'alice', repositories: ['a'], actions: ['push'] }
    const { id, secret } = await accessToken(closed, request)
    const token = await expired(basic('x', secret))
    assert.deepEqual(await answers(token), OWN)
    await revoke(closed, id)
    assert.deepEqual(await answers(token), everywhere(401))
  })

  it('is rejected after the password was changed', async () => {
    const token = await expired(basic('bob'))
    const bob = new Owner(server, basic('bob'), closed.admin)
    const upload = await bob.upload('a')
    expect(await ask('PATCH', upload, token), 202)
    const before = server.log.lines.length
    const path = join(closed.directory, 'htpasswd')
    const keep = (user: string) => (user === 'bob' ? 'changed' : `${user}:p@ss:word`)
    await writeFile(`${path}.new`, htpasswdOf(USERS, keep))
    await rename(`${path}.new`, path)
    await server.log.line(({ message }) => message === 'reloaded accounts', before)
    expectError(await ask('PATCH', upload, token), 401, 'UNAUTHORIZED')
    expect(await ask('PATCH', upload, basic('bob', 'changed')), 202)
  })

  it('is rejected if the upload session is older than uploads.expiry', async (test) => {
    const data = await temporaryDirectory(test)
    const hour = 3_600_000
    const settings = { data, 'uploads.expiry': '24h' }
    const first = await startClosedServer({ users: ['alice'], settings })
    const uploads: string[] = []
    const owner = new Owner(first.server, basic('alice'), first.admin)
    for (let times = 0; times < 2; times++) uploads.push(await owner.upload('a'))
    await first.stop()
    // As if they had been opened a day ago, and written to a moment ago.
    const log = new KeptLog()
    const { index } = await openStorage({ data, durability: 'none', acceptGap: false, log })
    for (const [at, age] of [23 * hour, 25 * hour].entries()) {
      const record = await index.uploads.get(uploads[at]!.split('/').at(-1)!)
      await index.uploads.put({ ...record!, startedAt: Date.now() - age })
    }
    await index.close()
    const second = await startClosedServer({ users: ['alice'], settings })
    test.after(() => second.stop())
    const token = await sessionToken(second.server, basic('alice'), ...SCOPES)
    const old = new ForgedTokens(data).altered(token, { exp: Math.floor(Date.now() / 1000) - 60 })
    const statuses = uploads.map(
      async (path) => (await second.server.get(path, { Authorization: `Bearer ${old}` })).status,
    )
    assert.deepEqual(await Promise.all(statuses), [204, 401])
    expect(await second.server.get(uploads[1]!, { Authorization: basic('alice') }), 204)
  })
})
