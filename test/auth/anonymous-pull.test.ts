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
  'end-1': [401, 200],
  'end-1 bare': [401, 200],
  'end-2': [200, 200],
  'end-2 HEAD': [200, 200],
  'end-3': [200, 200],
  'end-4': [401, 403],
  'end-4 whole': [401, 403],
  'end-5': [401, 403],
  'end-6': [401, 403],
  'end-7': [401, 403],
  'end-8': [200, 200],
  'end-9': [401, 403],
  'end-10': [401, 403],
  'end-12': [200, 200],
  'end-13': [401, 403],
  'end-14': [401, 403],
  catalog: [200, 200],
  discover: [401, 200],
  'discover-repository': [200, 200],
  tokens: [401, 403],
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

describe('a repository with anonymous pull', () => {
  const scopes = [`repository:${REPOSITORY}:pull,push,delete`, 'registry:catalog:*']

  for (const [route, [anonymous, account]] of Object.entries(TABLE))
    it(`answers every kind of caller as in the table: ${route}`, async () => {
      assert.equal(await statusOf(route), anonymous)
      const token = await bearer(server, undefined, ...scopes)
      const isPing = route.startsWith('end-1') && !/\d{2}/.test(route)
      assert.equal(await statusOf(route, token), isPing || route === 'discover' ? 200 : anonymous)
      assert.equal(await statusOf(route, basic('other')), account)
      assert.equal(await statusOf(route, await bearer(server, basic('other'), ...scopes)), account)
    })

  it('rejects a wrong password even for a pull', async () => {
    for (const authorization of [basic('all', 'wrong'), 'Bearer x', 'Digest x'])
      assert.equal(await statusOf('end-3', authorization), 401)
  })

  it('asks for a wider token if the scope of a token is too small', async () => {
    for (const who of [undefined, basic('other')])
      assert.equal(await statusOf('end-3', await bearer(server, who)), 401)
  })
})
