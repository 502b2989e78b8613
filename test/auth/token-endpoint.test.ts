import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { basic, bearer, passwordOf, startClosedServer } from '../support/closed-server.ts'
import { expect, expectError } from '../support/expected-answers.ts'
import { readToken } from '../support/forged-tokens.ts'
import type { Answer } from '../support/requests.ts'
import { startTestServer } from '../support/server.ts'

const closed = await startClosedServer({
  users: ['alice', 'reader'],
  rules: [
    {
      repositories: ['public/**'],
      grants: [
        { anonymous: true, actions: ['pull'] },
        { users: ['alice'], actions: ['push'] },
      ],
    },
    {
      repositories: ['team/**'],
      grants: [
        { users: ['alice'], actions: ['pull', 'push', 'delete'] },
        { users: ['reader'], actions: ['pull'] },
      ],
    },
    { repositories: ['**'], grants: [{ users: ['alice'], actions: ['admin'] }] },
  ],
})
after(() => closed.stop())
const { server, admin } = closed

interface Given {
  readonly token: string
  readonly access_token: string
  readonly scope: string
  readonly expires_in: number
  readonly issued_at: string
}

type Login = readonly [user: string, password: string] | undefined

const FORM = 'application/x-www-form-urlencoded'

/** The same request in both forms. */
const WAYS: Readonly<Record<string, (login: Login, ...scopes: string[]) => Promise<Answer>>> = {
  GET(login, ...scopes) {
    const query = new URLSearchParams([
      ['service', 'any'],
      ...scopes.map((scope): [string, string] => ['scope', scope]),
    ])
    const headers = login ? { Authorization: basic(...login) } : {}
    return server.get(`/token?${String(query)}`, headers)
  },
  POST([username, password] = ['', ''], ...scopes) {
    const body = new URLSearchParams([
      ['grant_type', 'password'],
      ['service', 'any'],
      ['client_id', 'test'],
      ['username', username],
      ['password', password],
      ...scopes.map((scope): [string, string] => ['scope', scope]),
    ])
    return server.post('/token', { headers: { 'Content-Type': FORM }, body: String(body) })
  },
}

const alice: Login = ['alice', passwordOf('alice')]
const reader: Login = ['reader', passwordOf('reader')]
const given = (answer: Answer) => expect(answer, 200).json<Given>()

for (const [way, ask] of Object.entries(WAYS))
  describe(`${way} /token`, () => {
    it('issues a token for five minutes, and no refresh token', async () => {
      const before = Math.floor(Date.now() / 1000) * 1000
      const answer = await ask(alice, 'repository:team/a:pull,push')
      const { token, access_token: access, scope, expires_in: lifetime, ...rest } = given(answer)
      assert.deepEqual(Object.keys(rest), ['issued_at'])
      assert.equal(access, token)
      assert.equal(lifetime, 300)
      assert.equal(scope, 'repository:team/a:pull,push')
      assert.match(rest.issued_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/)
      const issued = Date.parse(rest.issued_at)
      assert.ok(issued >= before && issued <= Date.now())
      const { claims } = readToken(token)
      assert.equal(claims['exp'], issued / 1000 + 300)
      assert.equal(claims['sub'], 'alice')
      assert.equal(answer.headers['content-type'], 'application/json')
      assert.equal(answer.headers['cache-control'], 'no-store')
      expect(await server.get('/v2/', { Authorization: `Bearer ${token}` }), 200)
    })

    it('grants the requested scopes that are allowed, without an error for others', async () => {
      const scopes = async (login: Login, ...asked: string[]) =>
        given(await ask(login, ...asked)).scope
      const much = ['repository:team/a:pull,push,delete', 'repository:public/a:*', 'repository:x:*']
      assert.equal(
        await scopes(alice, ...much),
        'repository:team/a:pull,push,delete repository:public/a:pull,push',
      )
      assert.equal(
        await scopes(reader, much.join(' ')),
        'repository:team/a:pull repository:public/a:pull',
      )
      assert.equal(await scopes(undefined, ...much), 'repository:public/a:pull')
      assert.equal(await scopes(reader, 'repository:team/a:push'), '')
      assert.equal(await scopes(reader, 'repository:team/a:delete,pull'), 'repository:team/a:pull')
      assert.equal(await scopes(reader), '')
      assert.equal(await scopes(reader, '', 'nonsense', 'repository:A:pull'), '')
    })

    it('grants the catalog to accounts, and the operator scope to operators', async () => {
      const operate = 'registry:catalog:* registry:wasmoor:*'
      assert.equal(given(await ask(alice, operate)).scope, operate)
      assert.equal(given(await ask(reader, operate)).scope, 'registry:catalog:*')
      assert.equal(given(await ask(undefined, operate)).scope, 'registry:catalog:*')
    })

    it('grants as many scopes as fit into a token', async () => {
      const asked = Array.from(
        { length: 150 },
        (_, at) => `repository:team/${'x'.repeat(60)}${at}:*`,
      )
      const { token, scope } = given(await ask(alice, ...asked))
      const scopes = scope.split(' ')
      assert.equal(scopes.length > 20, true, String(scopes.length))
      assert.equal(scopes[0], asked[0]!.replace('*', 'pull,push,delete'))
      const path = `/v2/team/${'x'.repeat(60)}0/tags/list`
      expect(await server.get(path, { Authorization: `Bearer ${token}` }), 404)
    })

    it('issues an anonymous token without user and password', async () => {
      const { token } = given(await ask(undefined, 'repository:public/a:pull'))
      assert.equal(readToken(token).claims['sub'], '')
      const headers = { Authorization: `Bearer ${token}` }
      expect(await server.get('/v2/public/a/tags/list', headers), 404)
      expect(await server.get('/v2/', headers), 200)
      expect(await server.get('/v2/team/a/tags/list', headers), 401)
    })

    it('rejects a wrong user name or password', async () => {
      const wrong: Login[] = [
        ['alice', 'wrong'],
        ['nobody', passwordOf('alice')],
        ['', passwordOf('alice')],
        ['alice', ''],
      ]
      for (const login of wrong) {
        const answer = await ask(login, 'repository:public/a:pull')
        assert.equal(expectError(answer, 401, 'UNAUTHORIZED'), 'the user name or password is wrong')
        assert.equal(answer.headers['www-authenticate'], 'Basic realm=wasmoor')
      }
    })

    it('accepts the admin key', async () => {
      const key = Buffer.from(admin.slice('Basic '.length), 'base64').toString().split(':')[1]!
      const { token } = given(await ask(['x', key], 'registry:wasmoor:*'))
      const headers = { Authorization: `Bearer ${token}` }
      expect(await server.get('/v2/_wasmoor/tokens', headers), 200)
    })
  })

describe('GET /token', () => {
  it('treats a header without user and password as anonymous', async () => {
    const headers = { Authorization: basic('', '') }
    const { token } = given(await server.get('/token', headers))
    assert.equal(readToken(token).claims['sub'], '')
  })

  it('ignores the other parameters that clients send', async () => {
    const query = 'service=elsewhere&account=bob&client_id=docker&offline_token=true'
    const { token, ...rest } = given(
      await server.get(`/token?${query}`, { Authorization: basic('alice') }),
    )
    assert.equal(readToken(token).claims['sub'], 'alice')
    assert.ok(!('refresh_token' in rest))
  })

  it('issues tokens for passwords only, not for other tokens', async () => {
    const session = await bearer(server, basic('alice'), 'repository:team/a:pull')
    for (const Authorization of [session, 'Bearer x', 'Digest x', 'Basic ä', 'Negotiate x'])
      expectError(await server.get('/token', { Authorization }), 401, 'UNAUTHORIZED')
  })

  it('answers HEAD, too', async () => {
    const answer = await server.head('/token', { Authorization: basic('alice') })
    assert.equal(answer.status, 200)
    assert.equal(answer.headers['cache-control'], 'no-store')
  })
})

describe('POST /token', () => {
  const post = (body: string, type = FORM) =>
    server.post('/token', { headers: { 'Content-Type': type }, body })

  it('answers 404 for other grants than password, so that clients use GET', async () => {
    const others = [
      '',
      'service=any',
      'grant_type=',
      'grant_type=refresh_token&refresh_token=x',
      'grant_type=authorization_code&code=x',
      'grant_type=client_credentials',
      'grant_type=Password&username=alice&password=x',
      'grant_type=password&grant_type=refresh_token',
      'grant_type[a]=password',
      // As regclient sends it without credentials.
      'client_id=regclient&service=any&scope=repository:public/a:pull',
    ]
    for (const body of others) expectError(await post(body), 404, 'UNSUPPORTED')
  })

  it('accepts a form only', async () => {
    const body = `grant_type=password&username=alice&password=${passwordOf('alice')}`
    expect(await post(body), 200)
    expect(await post(body, `${FORM}; charset=utf-8`), 200)
    for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x'])
      assert.ok([400, 404].includes((await post(body, type)).status), type)
    expectError(await post('{"grant_type":"password"}', 'application/json'), 404, 'UNSUPPORTED')
  })

  it('rejects a form without exactly one user name and password', async () => {
    const wrong = [
      'username=alice',
      'password=x',
      '',
      'username=alice&username=bob&password=x',
      'username[]=alice&password=x',
      'username=alice&password[x]=y',
    ]
    for (const rest of wrong)
      expectError(await post(`grant_type=password&${rest}`), 401, 'UNAUTHORIZED')
  })

  it('rejects a form that is too long or malformed', async () => {
    expectError(
      await post(`grant_type=password&username=${'x'.repeat(70_000)}`),
      400,
      'UNSUPPORTED',
    )
    const headers = { 'Content-Type': FORM, 'Content-Encoding': 'gzip' }
    const answer = await server.post('/token', { headers, body: 'not gzip' })
    expectError(answer, 400, 'UNSUPPORTED')
  })
})

describe('the token endpoint of an open registry', () => {
  it('issues a token for every scope, whatever the credentials', async (test) => {
    const open = await startTestServer({}, test)
    for (const headers of [{}, { Authorization: basic('any', 'thing') }]) {
      const answer = await open.get('/token?scope=repository:a:pull,push', headers)
      const { token, scope } = given(answer)
      assert.equal(scope, 'repository:a:pull,push')
      assert.equal(readToken(token).claims['sub'], '')
    }
  })
})
