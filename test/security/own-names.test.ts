import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { accessLog } from '../../src/http/observe.ts'
import { ByteBudget } from '../../src/base/byte-budget.ts'
import { application } from '../../src/http/application.ts'
import { ownNames } from '../../src/http/own-names.ts'
import { NO_EVENT, post } from '../../src/http/route.ts'
import { HttpServer } from '../../src/http/server.ts'
import { basic, startClosedServer } from '../support/closed-server.ts'
import { expect, expectError } from '../support/expected-answers.ts'
import { KeptLog } from '../support/kept-log.ts'
import { pushImage } from '../support/pushes.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { Requests } from '../support/requests.ts'
import { startTestServer, testConfig } from '../support/server.ts'

const OWN = [
  'localhost:5000',
  'LocalHost',
  'a.localhost:5000',
  '127.0.0.1:80',
  '10.1.2.3:5000',
  '[::1]:5000',
  '[2001:db8::1]',
  'kind-registry:5000',
  'registry.example:81',
  'REGISTRY.example.',
  'name.of.config:5000',
]
const FOREIGN = [
  'rebound.example',
  'rebound.example:5000',
  'localhost.rebound.example',
  '127.0.0.1.rebound.example',
  'x.registry.example',
  'wasmoor.registry.svc.cluster.local:5000',
]
/** Fast path, Koa, console, probes and unknown addresses. */
const READS = [
  '/v2/',
  '/v2/a/manifests/v1',
  '/v2/a/manifests/none',
  '/v2/_catalog',
  '/',
  '/readyz',
  '/x',
]
const MARKS = [{}, { Origin: 'http://rebound.example' }, { 'Sec-Fetch-Site': 'same-origin' }]

describe('the names of an open registry', () => {
  it('H6: an open registry answers reads and writes under its own names alone', async (test) => {
    const settings = { publicUrl: 'http://registry.example:81', hosts: '[name.of.config]' }
    const server = await startTestServer(settings, test)
    await pushImage(server, 'a', 'v1')
    for (const Host of FOREIGN) {
      for (const path of READS)
        for (const mark of MARKS) {
          const answer = await server.get(path, { ...mark, Host })
          assert.match(expectError(answer, 403, 'DENIED'), /to hosts, or set publicUrl/, path)
        }
      const headers = { Host, Origin: `http://${Host}` }
      for (const [method, path] of [
        ['POST', '/v2/a/blobs/uploads/'],
        ['PUT', '/v2/a/manifests/v1'],
        ['DELETE', '/v2/a/manifests/v1'],
      ] as const)
        expectError(await server.send(method, path, { headers, body: '' }), 403, 'DENIED')
    }
    for (const Host of OWN)
      for (const path of READS)
        assert.notEqual((await server.get(path, { Host })).status, 403, `${Host} ${path}`)
  })

  it('H6: the name in an absolute target counts, too', async (test) => {
    const server = await startTestServer({}, test)
    for (const [target, status] of [
      ['http://rebound.example/v2/', 403],
      ['http://localhost/v2/', 200],
    ] as const) {
      const connection = await RawConnection.open(server)
      connection.request([`GET ${target} HTTP/1.1`, 'Host: localhost', 'Connection: close'])
      assert.equal((await connection.answer()).status, status, target)
      await connection.closed
    }
  })

  it('H6: the name that a trusted proxy was asked for counts, too', async (test) => {
    const server = await startTestServer({ trustedProxies: '[127.0.0.1]' }, test)
    const asked = (host: string) => server.get('/v2/', { 'X-Forwarded-Host': host })
    expectError(await asked('rebound.example'), 403, 'DENIED')
    expect(await asked('localhost'), 200)
  })

  it('H6: a registry with accounts answers under any name', async (test) => {
    const closed = await startClosedServer({ users: ['alice'] })
    test.after(() => closed.stop())
    const headers = { Host: 'registry.example', Authorization: basic('alice') }
    expect(await closed.server.get('/v2/', headers), 200)
  })
})

describe('a route that machines call', () => {
  it('H6: a route for machines takes any Host, only JSON, and nothing from a page', async (test) => {
    const server = await serveMachineRoute(test)
    const Host = 'outbound|5000||wasmoor.registry.svc.cluster.local'
    const json = { Host, 'Content-Type': 'application/json' }
    const send = (headers: Record<string, string>, path = '/machine') =>
      server.send('POST', path, { headers, body: '{}' })
    expect(await send(json), 200)
    expect(await send({ ...json, 'Content-Type': 'application/json; charset=utf-8' }), 200)
    expectError(await send({ ...json, 'Content-Type': 'text/plain' }), 400, 'UNSUPPORTED')
    expectError(await send({ Host }), 400, 'UNSUPPORTED')
    for (const name of [
      'Origin',
      'Sec-Fetch-Site',
      'Sec-Fetch-Mode',
      'Sec-Fetch-Dest',
      'Sec-Fetch-New',
    ])
      for (const value of ['same-origin', 'http://localhost'])
        expectError(await send({ ...json, Host: 'localhost', [name]: value }), 403, 'DENIED')
    expectError(await send(json, '/other'), 400, 'UNSUPPORTED')
    expectError(await send({ ...json, Host: 'rebound.example' }, '/other'), 403, 'DENIED')
    expectError(await server.get('/machine', { Host: 'rebound.example' }), 403, 'DENIED')
  })
})

/** An open registry that has one route for machines, and one for everybody. */
async function serveMachineRoute(test: {
  after(work: () => Promise<void>): void
}): Promise<Requests> {
  const { limits, http, tls } = testConfig({})
  const log = new KeptLog()
  const answer = async (ctx: { body: unknown }) => {
    ctx.body = '{}'
  }
  const options = { event: NO_EVENT }
  const koa = application({
    routes: [
      post('machine', '/machine', 'public', answer, { ...options, machine: true }),
      post('other', '/other', 'public', answer, options),
    ],
    log,
    observer: accessLog(log),
    memory: new ByteBudget(1024),
    clientOf: () => '',
    admit: () => (_ctx, next) => next(),
    crossSite: { baseOf: () => 'http://localhost', allowed: [] },
    isOwnName: ownNames({ publicUrl: null, hosts: [], forwardedHost: () => undefined }),
    draining: () => false,
  }).callback()
  const where = { host: '127.0.0.1', port: 0 }
  const server = await HttpServer.listen(
    { ...where, tls, headerSize: limits.headerSize, connections: 1000, ...http, log },
    koa,
  )
  const requests = new Requests({ ...where, port: server.port })
  test.after(async () => {
    requests.close()
    await server.close(0)
  })
  return requests
}
