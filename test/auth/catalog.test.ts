import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { accessToken, basic, bearer, startClosedServer } from '../support/closed-server.ts'
import { expect } from '../support/expected-answers.ts'
import { nextPage } from '../support/requests.ts'
import { Owner } from '../support/route-requests.ts'

const REPOSITORIES = ['asm/a', 'asm/b', 'hidden/a', 'public/a', 'team/a', 'team/b', 'team/secret']
const SCOPE = 'registry:catalog:*'

const RULES = [
  { repositories: ['team/secret', 'hidden/**'], grants: [] },
  {
    repositories: ['team/**'],
    grants: [
      { users: ['reader'], actions: ['pull'] },
      { users: ['pusher'], actions: ['push', 'delete'] },
    ],
  },
  { repositories: ['public/**'], grants: [{ anonymous: true, actions: ['pull'] }] },
  { repositories: ['asm/**'], grants: [{ users: ['robot'], actions: ['pull', 'push'] }] },
]

const closed = await startClosedServer({
  users: ['reader', 'pusher'],
  rules: RULES,
  settings: { 'auth.tokens': 'true' },
})
after(() => closed.stop())
const { server } = closed
const owner = new Owner(server, closed.admin, closed.admin)
for (const repository of REPOSITORIES) await owner.manifest('v1', undefined, repository)

/** The names of every page, with one name a page. */
async function listed(authorization?: string): Promise<string[]> {
  const headers = authorization === undefined ? {} : { Authorization: authorization }
  const names: string[] = []
  for (let path: string | undefined = '/v2/_catalog?n=1'; path !== undefined;) {
    const answer = expect(await server.get(path, headers), 200)
    const { repositories } = answer.json<{ repositories: string[] }>()
    assert.ok(repositories.length <= 1)
    names.push(...repositories)
    path = nextPage(answer)
  }
  const whole = expect(await server.get('/v2/_catalog', headers), 200)
  assert.deepEqual(whole.json(), { repositories: names })
  return names
}

describe('the catalog', () => {
  it('lists only the repositories that the caller may pull', async () => {
    const expected: readonly [authorization: string, names: string[]][] = [
      [basic('reader'), ['public/a', 'team/a', 'team/b']],
      [basic('pusher'), ['public/a']],
      [closed.admin, REPOSITORIES],
    ]
    for (const [authorization, names] of expected) {
      assert.deepEqual(await listed(authorization), names)
      assert.deepEqual(await listed(await bearer(server, authorization, SCOPE)), names)
    }
  })

  it('lists the repositories with anonymous pull for an anonymous caller', async () => {
    assert.deepEqual(await listed(), ['public/a'])
    assert.deepEqual(await listed(await bearer(server, undefined, SCOPE)), ['public/a'])
  })

  it('lists only the repositories that an access token may pull', async () => {
    const request = { owner: 'robot', repositories: ['asm/b', 'team/**'], actions: ['pull'] }
    const { secret } = await accessToken(closed, request)
    assert.deepEqual(await listed(basic('x', secret)), ['asm/b'])
    const pushing = await accessToken(closed, { ...request, actions: ['push'] })
    assert.deepEqual(await listed(basic('x', pushing.secret)), [])
  })

  it('requires the catalog scope of a bearer token', async () => {
    for (const authorization of [basic('reader'), undefined]) {
      const token = await bearer(server, authorization, 'repository:team/a:pull')
      const refused = expect(await server.get('/v2/_catalog', { Authorization: token }), 401)
      const challenge = String(refused.headers['www-authenticate'])
      assert.match(challenge, /scope="registry:catalog:\*",error="insufficient_scope"$/)
    }
  })

  it('asks anonymous callers to log in if no repository has anonymous pull', async (test) => {
    const rules = RULES.filter(({ repositories }) => !repositories.includes('public/**'))
    const strict = await startClosedServer({ users: ['reader'], rules })
    test.after(() => strict.stop())
    const anonymous = await bearer(strict.server, undefined, SCOPE)
    for (const headers of [{}, { Authorization: anonymous }]) {
      const refused = expect(await strict.server.get('/v2/_catalog', headers), 401)
      // No other anonymous token would help: an error would make clients fetch one again and again.
      const challenge = String(refused.headers['www-authenticate'])
      assert.match(challenge, /scope="registry:catalog:\*"$/)
    }
    assert.deepEqual(
      expect(
        await strict.server.get('/v2/_catalog', { Authorization: basic('reader') }),
        200,
      ).json(),
      { repositories: [] },
    )
  })
})
