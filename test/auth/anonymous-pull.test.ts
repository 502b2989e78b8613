import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { basic, bearer, startClosedServer } from '../support/closed-server.ts'
import { Owner, REPOSITORY, ROUTE_REQUESTS } from '../support/route-requests.ts'

const closed = await startClosedServer({
  users: ['all', 'other'],
  rules: [
    {
      repositories: [REPOSITORY],
      grants: [
        { anonymous: true, actions: ['pull'] },
        { users: ['all'], actions: ['push', 'delete'] },
      ],
    },
  ],
})
after(() => closed.stop())
const { server } = closed
const owner = new Owner(server, basic('all'), closed.admin)

/** The answers in a repository with anonymous pull; other routes are as in any closed registry. */
const TABLE: Readonly<Record<string, readonly [anonymous: number, account: number]>> = {
  ping: [401, 200],
  'ping bare': [401, 200],
  'blob-get': [200, 200],
  'blob-get HEAD': [200, 200],
  'manifest-get': [200, 200],
  'upload-start': [401, 403],
  'upload-start whole': [401, 403],
  'upload-append': [401, 403],
  'upload-finish': [401, 403],
  'manifest-put': [401, 403],
  'tag-list': [200, 200],
  'manifest-delete': [401, 403],
  'blob-delete': [401, 403],
  'referrer-list': [200, 200],
  'upload-status': [401, 403],
  'upload-cancel': [401, 403],
  catalog: [200, 200],
  discovery: [401, 200],
  'discovery-repository': [200, 200],
  'access-token-list': [401, 403],
}

/**
 * The status; for callers without an account also the status with an anonymous token, which the
 * ping accepts.
 */
async function statusOf(route: string, authorization?: string): Promise<number> {
  const { method, path, headers, body = '' } = await ROUTE_REQUESTS[route]!(owner)
  const all = { ...headers, ...(authorization !== undefined && { Authorization: authorization }) }
  return (await server.send(method, path, { headers: all, body })).status
}

/** Routes that accept a token without an account. */
const ALSO_WITH_TOKEN = new Set(['ping', 'ping bare', 'discovery'])

describe('a repository with anonymous pull', () => {
  const scopes = [`repository:${REPOSITORY}:pull,push,delete`, 'registry:catalog:*']

  for (const [route, [anonymous, account]] of Object.entries(TABLE))
    it(`answers every kind of caller as in the table: ${route}`, async () => {
      assert.equal(await statusOf(route), anonymous)
      const token = await bearer(server, undefined, ...scopes)
      assert.equal(await statusOf(route, token), ALSO_WITH_TOKEN.has(route) ? 200 : anonymous)
      assert.equal(await statusOf(route, basic('other')), account)
      assert.equal(await statusOf(route, await bearer(server, basic('other'), ...scopes)), account)
    })

  it('rejects a wrong password even for a pull', async () => {
    for (const authorization of [basic('all', 'wrong'), 'Bearer x', 'Digest x'])
      assert.equal(await statusOf('manifest-get', authorization), 401)
  })

  it('asks for a wider token if the scope of a token is too small', async () => {
    for (const who of [undefined, basic('other')])
      assert.equal(await statusOf('manifest-get', await bearer(server, who)), 401)
  })
})
