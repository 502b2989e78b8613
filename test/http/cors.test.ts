import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { pushImage } from '../support/pushes.ts'
import { startClosedServer } from '../support/closed-server.ts'
import { startTestServer } from '../support/server.ts'

const HEADERS = {
  'access-control-allow-origin': ['https://ui.example'],
  'Access-Control-Allow-Methods': ['HEAD', 'GET', 'OPTIONS'],
  'Access-Control-Allow-Credentials': [true],
  'Access-Control-Expose-Headers': ['Docker-Content-Digest'],
}
const settings = { 'http.cors': JSON.stringify(HEADERS) }
const server = await startTestServer(settings)
after(() => server.stop())
await pushImage(server, 'a/b', 'v1')

const PREFLIGHT = { Origin: 'https://ui.example', 'Access-Control-Request-Method': 'GET' }

describe('the headers of CORS', () => {
  it('the headers of CORS are on every answer: cold, warm, refused, of Koa and in front of it', async () => {
    const paths = ['/v2/', '/v2/a/b/manifests/v1', '/v2/a/b/manifests/v1', '/v2/a/b/tags/list']
    for (const path of [...paths, '/v2/a/b/manifests/none', '/nowhere', '/v2/A/tags/list', '/']) {
      const { headers } = await server.get(path, { Origin: 'https://ui.example' })
      assert.equal(headers['access-control-allow-origin'], 'https://ui.example', path)
      assert.equal(headers['access-control-allow-methods'], 'HEAD, GET, OPTIONS', path)
      assert.equal(headers['access-control-allow-credentials'], 'true', path)
      assert.equal(headers['access-control-expose-headers'], 'Docker-Content-Digest', path)
      assert.ok(headers['x-request-id'], path)
    }
    const warm = await server.get('/v2/a/b/manifests/v1')
    assert.equal(warm.headers['docker-distribution-api-version'], 'registry/2.0')
    assert.ok(warm.body.byteLength > 0)
  })

  it('the headers of CORS are told to browsers before they ask, without credentials', async (test) => {
    const closed = await startClosedServer({ users: ['alice'], settings })
    test.after(() => closed.stop())
    for (const path of ['/v2/', '/v2/a/b/manifests/v1', '/token']) {
      const headers = { ...PREFLIGHT, 'X-Request-Id': 'asked-before' }
      const answer = await closed.server.send('OPTIONS', path, { headers })
      assert.deepEqual([answer.status, answer.text], [204, ''])
      assert.equal(answer.headers['access-control-allow-origin'], 'https://ui.example')
    }
    const line = await closed.server.log.accessLine('asked-before')
    assert.deepEqual([line['route'], line['status']], ['preflight', 204])
    const { status, headers } = await closed.server.get('/v2/a/b/tags/list', PREFLIGHT)
    assert.equal(status, 401)
    assert.equal(headers['access-control-allow-origin'], 'https://ui.example')
    assert.equal((await closed.server.send('OPTIONS', '/v2/')).status, 405)
  })

  it('the headers of CORS tell each of several origins its own, and others nothing', async (test) => {
    const several = { 'http.cors': '{Access-Control-Allow-Origin: [https://a.b, https://c.d]}' }
    const other = await startTestServer(several, test)
    for (const [origin, told] of [
      ['https://a.b', 'https://a.b'],
      ['https://c.d', 'https://c.d'],
      ['https://e.f', undefined],
    ]) {
      const { headers } = await other.get('/v2/', { Origin: origin })
      assert.equal(headers['access-control-allow-origin'], told)
      assert.equal(headers['vary'], 'Origin')
    }
  })

  it('the headers of CORS let the pages of named origins change something, and no others', async (test) => {
    const open = await startTestServer(
      { 'http.cors': '{access-control-allow-origin: ["*"]}' },
      test,
    )
    for (const [some, origin, status] of [
      [open, 'https://ui.example', 403],
      [await startTestServer(settings, test), 'https://ui.example', 202],
      [await startTestServer(settings, test), 'https://elsewhere.example', 403],
    ] as const) {
      await pushImage(some, 'a/b', 'v1')
      const headers = { Origin: origin, 'Sec-Fetch-Site': 'cross-site' }
      assert.equal((await some.delete('/v2/a/b/manifests/v1', headers)).status, status)
    }
  })

  it('the headers of CORS are not there unless they are set', async (test) => {
    const plain = await startTestServer({}, test)
    const { names } = await plain.get('/v2/', PREFLIGHT)
    assert.ok(!names.some((name) => name.startsWith('access-control') || name === 'vary'))
    assert.equal((await plain.send('OPTIONS', '/v2/', { headers: PREFLIGHT })).status, 405)
  })
})
