import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { basic, bearer, startClosedServer } from '../support/closed-server.ts'
import { expect } from '../support/expected-answers.ts'
import { digest } from '../support/manifest-texts.ts'
import type { Answer } from '../support/requests.ts'
import { Owner } from '../support/route-requests.ts'

const closed = await startClosedServer({
  users: ['owner', 'team', 'pusher'],
  rules: [
    {
      repositories: ['hidden/**'],
      grants: [{ users: ['owner'], actions: ['pull', 'push'] }],
    },
    {
      repositories: ['public/**'],
      grants: [
        { anonymous: true, actions: ['pull'] },
        { users: ['owner'], actions: ['push'] },
      ],
    },
    {
      repositories: ['anybody/**'],
      grants: [{ anonymous: true, actions: ['pull', 'push'] }],
    },
    {
      repositories: ['team/**'],
      grants: [
        { users: ['owner'], actions: ['pull', 'push', 'delete'] },
        { users: ['team'], actions: ['pull', 'push'] },
        { users: ['pusher'], actions: ['push'] },
      ],
    },
  ],
})
after(() => closed.stop())
const { server } = closed
const owner = new Owner(server, basic('owner'), closed.admin)

let blobs = 0
/** Pushes a blob to these repositories. */
async function blobIn(...repositories: string[]): Promise<string> {
  const bytes = `blob ${blobs++}`
  for (const repository of repositories) await owner.blob(bytes, repository)
  return digest(bytes)
}

function mount(to: string, blob: string, from: string | undefined, Authorization?: string) {
  const query = `mount=${blob}${from === undefined ? '' : `&from=${from}`}`
  const headers = Authorization === undefined ? {} : { Authorization }
  return server.post(`/v2/${to}/blobs/uploads/?${query}`, { headers })
}

const scopeIn = ({ headers }: Answer) =>
  /scope="([^"]*)"/.exec(String(headers['www-authenticate']))?.[1]

const errorIn = ({ headers }: Answer) =>
  /error="([^"]*)"/.exec(String(headers['www-authenticate']))?.[1]

const bothWays = async (user: string, ...scopes: string[]) => [
  basic(user),
  await bearer(server, basic(user), ...scopes),
]

describe('a mount', () => {
  it('succeeds from a repository that the caller may pull', async () => {
    const scopes = ['repository:team/b:pull,push', 'repository:team/a:pull']
    for (const authorization of await bothWays('team', ...scopes)) {
      const blob = await blobIn('team/a')
      const answer = expect(await mount('team/b', blob, 'team/a', authorization), 201)
      assert.equal(answer.headers.location, `/v2/team/b/blobs/${blob}`)
      expect(await owner.send('HEAD', `/v2/team/b/blobs/${blob}`), 200)
    }
  })

  it('becomes an upload if the rules deny the source, without revealing the source', async () => {
    const hidden = await blobIn('hidden/a')
    const scopes = ['repository:team/b:pull,push', 'repository:hidden/a:pull']
    for (const authorization of await bothWays('team', ...scopes))
      for (const from of ['hidden/a', 'hidden/none', undefined]) {
        const answer = expect(await mount('team/b', hidden, from, authorization), 202)
        assert.equal(answer.headers['www-authenticate'], undefined)
        expect(await owner.send('HEAD', `/v2/team/b/blobs/${hidden}`), 404)
      }
  })

  it('becomes an upload if the caller may only push to the source', async () => {
    const blob = await blobIn('team/a')
    expect(await mount('team/c', blob, 'team/a', basic('pusher')), 202)
    expect(await mount('team/c', blob, undefined, basic('pusher')), 202)
  })

  it('becomes an upload if the source lacks the blob, whatever the scope of the token', async () => {
    const blob = await blobIn('hidden/a')
    const narrow = await bearer(server, basic('team'), 'repository:team/b:pull,push')
    for (const authorization of [basic('team'), narrow])
      for (const from of ['team/a', 'team/none', 'public/a', undefined])
        expect(await mount('team/b', blob, from, authorization), 202)
  })

  it('searches at most a hundred repositories if no source is named', async () => {
    const blob = await blobIn('team/z')
    for (let at = 0; at < 99; at++)
      expect(await mount(`hidden/r${at}`, blob, 'team/z', basic('owner')), 201)
    expect(await mount('team/b', blob, undefined, basic('team')), 201)
    expect(await owner.send('DELETE', `/v2/team/b/blobs/${blob}`), 202)
    expect(await mount('hidden/one-more', blob, 'team/z', basic('owner')), 201)
    expect(await mount('team/b', blob, undefined, basic('team')), 202)
  })

  it('becomes an upload if the name of the source is invalid', async () => {
    const blob = await blobIn('team/a')
    for (const from of ['', 'TEAM/a', '../team/a', 'team/a"x'])
      expect(await mount('team/b', blob, encodeURIComponent(from), basic('team')), 202)
  })
})

describe('a mount with a token of too small a scope', () => {
  const all = 'repository:team/b:pull,push repository:team/a:pull'

  it('asks for a token with all scopes if the mount would succeed with it', async () => {
    const blob = await blobIn('team/a')
    const narrow = [['repository:team/b:pull,push'], ['repository:team/a:pull'], []]
    for (const scopes of narrow) {
      const token = await bearer(server, basic('team'), ...scopes)
      const refused = expect(await mount('team/b', blob, 'team/a', token), 401)
      assert.equal(scopeIn(refused), all)
      assert.equal(errorIn(refused), 'insufficient_scope')
    }
    const wide = await bearer(server, basic('team'), all)
    expect(await mount('team/b', blob, 'team/a', wide), 201)
  })

  it('asks for the scope of a repository that the caller may pull if no source is named', async () => {
    const blob = await blobIn('hidden/a', 'team/a')
    for (const scopes of [['repository:team/b:pull,push'], []]) {
      const token = await bearer(server, basic('team'), ...scopes)
      const refused = expect(await mount('team/b', blob, undefined, token), 401)
      assert.equal(scopeIn(refused), all)
      assert.equal(errorIn(refused), 'insufficient_scope')
    }
    const wide = await bearer(server, basic('team'), all)
    expect(await mount('team/b', blob, undefined, wide), 201)
  })

  it('asks for the scope of the target only if the source is denied or missing', async () => {
    const blob = await blobIn('hidden/a')
    const token = await bearer(server, basic('team'))
    for (const from of ['hidden/a', 'team/a', 'TEAM', undefined]) {
      const refused = expect(await mount('team/b', blob, from, token), 401)
      assert.equal(scopeIn(refused), 'repository:team/b:pull,push')
      assert.equal(errorIn(refused), 'insufficient_scope')
    }
  })

  it('is denied at once if the rules deny the target', async () => {
    const blob = await blobIn('team/a')
    for (const authorization of await bothWays('team', 'repository:team/a:pull'))
      expect(await mount('public/b', blob, 'team/a', authorization), 403)
  })
})

describe('a mount without credentials', () => {
  it('gets a challenge with the scope of the source, too', async () => {
    const blob = await blobIn('team/a')
    const refused = expect(await mount('team/b', blob, 'team/a'), 401)
    assert.equal(scopeIn(refused), 'repository:team/b:pull,push repository:team/a:pull')
    assert.equal(errorIn(refused), undefined)
    for (const from of [undefined, 'TEAM/a"', 'team/b']) {
      const plain = expect(await mount('team/b', blob, from && encodeURIComponent(from)), 401)
      assert.equal(scopeIn(plain), 'repository:team/b:pull,push')
    }
  })

  it('succeeds with anonymous push and pull, and else becomes an upload', async () => {
    const token = await bearer(
      server,
      undefined,
      'repository:anybody/b:pull,push repository:public/a:pull',
    )
    for (const authorization of [undefined, token]) {
      const open = await blobIn('public/a')
      expect(await mount('anybody/b', open, 'public/a', authorization), 201)
      const closedOne = await blobIn('team/a')
      expect(await mount('anybody/b', closedOne, 'team/a', authorization), 202)
      expect(await mount('anybody/b', closedOne, undefined, authorization), 202)
    }
  })
})
