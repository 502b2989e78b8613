import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import type { TokenEndpoint } from '../../src/http/auth/token-endpoint.ts'
import type { TokenHandlers } from '../../src/http/handlers/access-tokens.ts'
import type { BackupHandlers } from '../../src/http/handlers/backups.ts'
import type { UpkeepHandlers } from '../../src/http/handlers/upkeep.ts'
import type { ConsoleHandlers } from '../../src/http/handlers/console.ts'
import type { Probes } from '../../src/http/handlers/probes.ts'
import { routes } from '../../src/http/routes.ts'
import type { Registry } from '../../src/registry/registry.ts'
import { WasmServices } from '../../src/wasm/live/wasm-services.ts'
import { digest, image, IMAGE } from '../support/manifest-texts.ts'
import { openUpload, pushBlob, pushImage } from '../support/pushes.ts'
import { startTestServer } from '../support/server.ts'

const server = await startTestServer()
after(() => server.stop())

/** The table itself; nothing of it is called. */
const table = routes({
  registry: {} as Registry,
  probes: {} as Probes,
  console: {} as ConsoleHandlers,
  authorizer: { open: true, anonymousPull: true },
  tokenEndpoint: {} as TokenEndpoint,
  accessTokens: {} as TokenHandlers,
  backups: {} as BackupHandlers,
  upkeep: {} as UpkeepHandlers,
  baseOf: () => '',
  wasm: new WasmServices([]),
  packages: { named: false, namespacePrefix: null },
  manifestSize: 0,
  deletes: true,
  readOnly: false,
})

const id = await pushImage(server, 'a/b', 'v1')
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
  'end-3 HEAD': () => ({ method: 'HEAD', path: `/v2/a/b/manifests/${id}`, status: 200 }),
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
    path: `/v2/a/b/manifests/${id}?tag=t1&tag=t2`,
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
  'end-12a': () => ({ method: 'GET', path: `/v2/a/b/referrers/${id}`, status: 200 }),
  'end-12b': () => ({ method: 'GET', path: `/v2/a/b/referrers/${id}?artifactType=x`, status: 200 }),
  'end-13': async () => ({ method: 'GET', path: await upload(), status: 204 }),
  'end-14': async () => ({ method: 'DELETE', path: await upload(), status: 204 }),
}

/** Endpoints that the specification tells apart by their query alone have one row. */
const rowOf = (endpoint: string) =>
  endpoint === 'end-11' ? 'end-4' : /^end-\d+/.exec(endpoint)![0]

describe('the routes', () => {
  for (const [name, ask] of Object.entries(endpoints))
    it(`cover ${name}`, async () => {
      const { method, path, status, ...options } = await ask()
      const requestId = `routes-${name.replace(' ', '-')}`
      const headers = { ...options.headers, 'X-Request-Id': requestId }
      const answer = await server.send(method, path, { ...options, headers })
      assert.equal(answer.status, status, answer.text)
      assert.equal((await server.log.accessLine(requestId))['route'], rowOf(name))
    })

  it('are those of the specification, each in its row, and ours', () => {
    const ids = table.map((route) => route.id)
    const specified = new Set(Object.keys(endpoints).map(rowOf))
    assert.deepEqual(new Set(ids.filter((each) => each.startsWith('end-'))), specified)
  })

  it('have one name and one address each', () => {
    assert.equal(new Set(table.map((route) => route.id)).size, table.length)
    const addresses = table.map(({ method, path }) => `${method} ${path}`)
    assert.equal(new Set(addresses).size, table.length)
  })

  it('ask for something of their caller, but for the few that are open to all', () => {
    const open = table.filter(({ access }) => access === 'open').map((route) => route.id)
    assert.deepEqual(open, ['token', 'token-post', 'wkg', 'home', 'console', 'livez', 'readyz'])
    for (const { path, access } of table)
      if (path.startsWith('/v2')) assert.notEqual(access, 'open', path)
  })
})
