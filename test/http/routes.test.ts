import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { digest, image, IMAGE } from '../support/manifest-texts.ts'
import { openUpload, pushBlob, pushImage } from '../support/pushes.ts'
import { routeTable } from '../support/route-table.ts'
import { startTestServer } from '../support/server.ts'

const server = await startTestServer()
after(() => server.stop())

const table = routeTable()

const pushed = await pushImage(server, 'a/b', 'v1')
const blob = await pushBlob(server, 'a/b', 'a blob')
await pushBlob(server, 'c', 'mounted')
const mounted = digest('mounted')
const upload = () => openUpload(server, 'a/b')

interface Endpoint {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly body?: string
  readonly headers?: Record<string, string>
}

/** distribution-spec, "Endpoints": every id with a request that succeeds. */
const endpoints: Readonly<Record<string, () => Endpoint | Promise<Endpoint>>> = {
  'end-1': () => ({ method: 'GET', path: '/v2/', status: 200 }),
  'end-2': () => ({ method: 'GET', path: `/v2/a/b/blobs/${blob}`, status: 200 }),
  'end-2 HEAD': () => ({ method: 'HEAD', path: `/v2/a/b/blobs/${blob}`, status: 200 }),
  'end-3': () => ({ method: 'GET', path: '/v2/a/b/manifests/v1', status: 200 }),
  'end-3 HEAD': () => ({ method: 'HEAD', path: `/v2/a/b/manifests/${pushed}`, status: 200 }),
  'end-4a': () => ({ method: 'POST', path: '/v2/a/b/blobs/uploads/', status: 202, body: '' }),
  'end-4b': () => ({
    method: 'POST',
    path: `/v2/a/b/blobs/uploads/?digest=${digest('x')}`,
    status: 201,
    body: 'x',
  }),
  'end-4c': () => ({
    method: 'POST',
    path: '/v2/a/b/blobs/uploads/?digest-algorithm=sha512',
    status: 202,
    body: '',
  }),
  'end-5': async () => ({ method: 'PATCH', path: await upload(), status: 202, body: 'x' }),
  'end-6': async () => ({
    method: 'PUT',
    path: `${await upload()}?digest=${digest('x')}`,
    status: 201,
    body: 'x',
  }),
  'end-7a': () => ({
    method: 'PUT',
    path: '/v2/a/b/manifests/v2',
    status: 201,
    body: image(),
    headers: { 'Content-Type': IMAGE },
  }),
  'end-7b': () => ({
    method: 'PUT',
    path: `/v2/a/b/manifests/${pushed}?tag=t1&tag=t2`,
    status: 201,
    body: image(),
    headers: { 'Content-Type': IMAGE },
  }),
  'end-8a': () => ({ method: 'GET', path: '/v2/a/b/tags/list', status: 200 }),
  'end-8b': () => ({ method: 'GET', path: '/v2/a/b/tags/list?n=1&last=t1', status: 200 }),
  'end-9': () => ({ method: 'DELETE', path: '/v2/a/b/manifests/v2', status: 202 }),
  'end-10': () => ({ method: 'DELETE', path: `/v2/a/b/blobs/${blob}`, status: 202 }),
  'end-11': () => ({
    method: 'POST',
    path: `/v2/a/b/blobs/uploads/?mount=${mounted}&from=c`,
    status: 201,
    body: '',
  }),
  'end-12a': () => ({ method: 'GET', path: `/v2/a/b/referrers/${pushed}`, status: 200 }),
  'end-12b': () => ({
    method: 'GET',
    path: `/v2/a/b/referrers/${pushed}?artifactType=x`,
    status: 200,
  }),
  'end-13': async () => ({ method: 'GET', path: await upload(), status: 204 }),
  'end-14': async () => ({ method: 'DELETE', path: await upload(), status: 204 }),
}

/** The row of each endpoint. The specification tells some endpoints apart by their query alone. */
const ROWS: Readonly<Record<string, string>> = {
  'end-1': 'ping',
  'end-2': 'blob-get',
  'end-3': 'manifest-get',
  'end-4': 'upload-start',
  'end-5': 'upload-append',
  'end-6': 'upload-finish',
  'end-7': 'manifest-put',
  'end-8': 'tag-list',
  'end-9': 'manifest-delete',
  'end-10': 'blob-delete',
  'end-11': 'upload-start',
  'end-12': 'referrer-list',
  'end-13': 'upload-status',
  'end-14': 'upload-cancel',
}

const rowOf = (endpoint: string) => ROWS[/^end-\d+/.exec(endpoint)![0]]

describe('the routes table', () => {
  for (const [name, ask] of Object.entries(endpoints))
    it(`has a row for ${name} of the distribution-spec (${rowOf(name)})`, async () => {
      const { method, path, status, ...options } = await ask()
      const requestId = `routes-${name.replace(' ', '-')}`
      const headers = { ...options.headers, 'X-Request-Id': requestId }
      const answer = await server.send(method, path, { ...options, headers })
      assert.equal(answer.status, status, answer.text)
      assert.equal((await server.log.accessLine(requestId))['route'], rowOf(name))
    })

  it('gives each route an id and an address of its own', () => {
    assert.equal(new Set(table.map((route) => route.id)).size, table.length)
    const addresses = table.map(({ method, path }) => `${method} ${path}`)
    assert.equal(new Set(addresses).size, table.length)
  })

  it('names routes in words', () => {
    for (const { id } of table) assert.match(id, /^[a-z]+(-[a-z]+)*$/)
  })

  it('has seven public routes, none of them below /v2', () => {
    const open = table.filter(({ access }) => access === 'public').map((route) => route.id)
    assert.deepEqual(open, ['token', 'token-form', 'wkg', 'home', 'console', 'livez', 'readyz'])
    for (const { path, access } of table)
      if (path.startsWith('/v2')) assert.notEqual(access, 'public', path)
  })

  it('names the event of every route that changes something, for the audit log', () => {
    const silent = table.filter(({ method, event }) => method !== 'GET' && event === undefined)
    // The bytes of a blob arrive in several requests; the one that completes it is the push.
    assert.deepEqual(
      silent.map((route) => route.id),
      ['upload-append', 'upload-cancel'],
    )
    for (const { id, method, access, event } of table)
      if (access.startsWith('admin') && method !== 'GET')
        assert.equal(event?.event, 'operation', id)
  })
})
