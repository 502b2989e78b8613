import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { basic, startClosedServer } from '../../support/closed-server.ts'
import { expect } from '../../support/expected-answers.ts'
import { digest, image, IMAGE } from '../../support/manifest-texts.ts'
import { type Family, parseMetrics, sample } from '../../support/prometheus-text.ts'
import { openUpload, pushBlob, pushImage } from '../../support/pushes.ts'
import { Requests } from '../../support/requests.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'

const settings = { 'metrics.port': '0' }
const server = await startTestServer(settings)
after(() => server.stop())
const listener = await listenerOf(server)

async function listenerOf({ log }: TestServer): Promise<Requests> {
  const { fields } = await log.line(({ message }) => message === 'serving metrics')
  return new Requests({ host: String(fields['host']), port: Number(fields['port']) })
}

async function metricsOf(from = listener): Promise<Map<string, Family>> {
  return parseMetrics(expect(await from.get('/metrics'), 200).text)
}

/** Sends a request and waits until it is counted, which is when its access line is written. */
let requests = 0
async function counted(method: string, path: string, options = {}, of = server) {
  const requestId = `counted-${++requests}`
  const answer = await of.send(method, path, { headers: { 'X-Request-Id': requestId }, ...options })
  if (!('headers' in options)) await of.log.accessLine(requestId)
  return answer
}

const RULES = [
  { repositories: ['secret'], grants: [{ users: ['alice'], actions: ['pull', 'push'] }] },
]

const series = (families: ReadonlyMap<string, Family>) =>
  [...families].flatMap(([name, { samples }]) => [...samples.keys()].map((key) => `${name} ${key}`))

describe('the metrics', () => {
  it('the metrics are text that Prometheus reads, on a listener of their own', async () => {
    const answer = await listener.get('/metrics?x=y')
    assert.match(String(answer.headers['content-type']), /^text\/plain; version=0\.0\.4/)
    const names = [...parseMetrics(answer.text).keys()]
    for (const name of [
      'wasmoor_http_requests_total',
      'wasmoor_http_request_duration_seconds',
      'wasmoor_http_response_size_bytes',
      'wasmoor_index_commit_duration_seconds',
      'wasmoor_index_operations_waiting',
      'wasmoor_disk_available_bytes',
      'nodejs_eventloop_lag_seconds',
      'process_resident_memory_bytes',
    ])
      assert.ok(names.includes(name), name)
    for (const path of ['/', '/v2/', '/metrics/'])
      assert.equal((await listener.get(path)).status, 404)
    assert.equal((await listener.post('/metrics')).status, 404)
    assert.equal((await server.get('/metrics')).status, 404)
  })

  it('the metrics count each request by its route, cold or warm, of Koa and in front of it', async () => {
    const id = await pushImage(server, 'counted', 'v1')
    expect(await counted('GET', `/v2/counted/manifests/${id}`), 200)
    const before = await metricsOf()
    const labels = { route: 'manifest-get', method: 'GET' }
    const count = (families: typeof before, status: string) =>
      sample(families, 'wasmoor_http_requests_total', { ...labels, status })
    for (let times = 0; times < 5; times++) await counted('GET', '/v2/counted/manifests/v1')
    await counted('HEAD', '/v2/counted/manifests/v1')
    await counted('GET', '/v2/counted/manifests/none')
    await counted('GET', '/v2/counted/tags/list')
    const now = await metricsOf()
    assert.equal(count(now, '200') - count(before, '200'), 5)
    assert.equal(count(now, '404'), 1)
    const took = 'wasmoor_http_request_duration_seconds_count'
    assert.equal(sample(now, took, labels) - sample(before, took, labels), 6)
    const sent = 'wasmoor_http_response_size_bytes_sum'
    const bytes = sample(now, sent, labels) - sample(before, sent, labels)
    assert.ok(bytes > 5 * Buffer.byteLength(image()), String(bytes))
    const pulls = (families: typeof before) =>
      sample(families, 'wasmoor_pulls_total', { kind: 'manifest' })
    assert.equal(pulls(now) - pulls(before), 5)
    assert.equal(
      sample(now, 'wasmoor_http_requests_total', {
        route: 'tag-list',
        method: 'GET',
        status: '200',
      }),
      1,
    )
    assert.equal(sample(now, 'wasmoor_failures_total', { failure: 'MANIFEST_UNKNOWN' }), 1)
    assert.equal(sample(now, 'wasmoor_ready'), 1)
  })

  it('the metrics count pushes, the bytes that came in, and what is stored, each blob once', async () => {
    const before = await metricsOf()
    const bytes = Buffer.alloc(100_000, 7)
    await pushBlob(server, 'stored/a', bytes)
    await pushBlob(server, 'stored/b', bytes)
    const upload = await openUpload(server, 'stored/a')
    await counted('PATCH', upload, { body: [Buffer.alloc(300), Buffer.alloc(700)] })
    await counted('PUT', `${upload}?digest=${digest(Buffer.alloc(1000))}`)
    await pushImage(server, 'stored/a', 'v1')
    await counted('GET', '/livez')
    const now = await metricsOf()
    const grown = (name: string, labels = {}) =>
      sample(now, name, labels) - sample(before, name, labels)
    assert.equal(grown('wasmoor_pushes_total', { kind: 'manifest' }), 1)
    assert.equal(grown('wasmoor_pushes_total', { kind: 'blob' }), 5)
    assert.equal(grown('wasmoor_blobs'), 2)
    assert.equal(grown('wasmoor_blobs_bytes'), 101_000)
    assert.equal(
      sample(now, 'wasmoor_http_received_bytes_total', { route: 'upload-append', method: 'PATCH' }),
      1000,
    )
    assert.ok(grown('wasmoor_index_operations_total') >= 8)
    assert.ok(grown('wasmoor_index_commit_duration_seconds_count') >= 1)
    assert.equal(sample(now, 'wasmoor_index_operations_waiting'), 0)
    assert.equal(sample(now, 'wasmoor_index_writable'), 1)
  })

  it('the metrics have as many series for 10,000 repositories as for one', async () => {
    const ask = (name: string) => server.get(`/v2/${name}/manifests/v1`)
    const list = (name: string) => server.get(`/v2/${name}/tags/list?last=${name}`)
    await ask('zebra')
    await list('zebra')
    await counted('GET', '/livez')
    const before = await metricsOf()
    for (let at = 0; at < 10_000; at += 100)
      await Promise.all(Array.from({ length: 100 }, (_, more) => ask(`zebra-${at + more}`)))
    for (let at = 0; at < 200; at++) await list(`zebra/${at}`)
    await counted('GET', '/v2/zebra/manifests/v1')
    const now = await metricsOf()
    assert.deepEqual(series(now), series(before))
    assert.doesNotMatch(expect(await listener.get('/metrics'), 200).text, /zebra/)
    const absent = { route: 'manifest-get', method: 'GET', status: '404' }
    const name = 'wasmoor_http_requests_total'
    assert.equal(sample(now, name, absent) - sample(before, name, absent), 10_001)
  })

  it('the metrics count artifacts that are refused for what they are, by rule', async () => {
    const layer = 'no module'
    await pushBlob(server, 'lies', '{}')
    await pushBlob(server, 'lies', layer)
    const described = { digest: digest(layer), size: layer.length }
    const mediaType = 'application/vnd.module.wasm.content.layer.v1+wasm'
    const manifest = image({ layers: [{ ...described, mediaType }] })
    const headers = { 'Content-Type': IMAGE, 'X-Request-Id': 'a-lie' }
    const lie = await server.put('/v2/lies/manifests/v1', { body: manifest, headers })
    await server.log.accessLine('a-lie')
    assert.equal(lie.status, 400, lie.text)
    const { errors } = lie.json<{ errors: { detail: { findings: { rule: string }[] } }[] }>()
    const [{ rule } = { rule: 'none' }] = errors[0]!.detail.findings
    assert.equal(sample(await metricsOf(), 'wasmoor_gate_refusals_total', { rule }), 1)
  })

  it('the metrics tell how far collection and scrub are', async (test) => {
    const other = await startTestServer({ ...settings, 'gc.grace': '0s' }, test)
    const from = await listenerOf(other)
    const idle = await metricsOf(from)
    assert.equal(sample(idle, 'wasmoor_gc_running'), 0)
    assert.equal(sample(idle, 'wasmoor_scrub_running'), 0)
    const key = (await readFile(join(other.data, 'admin.key'), 'utf8')).trim()
    const headers = { Authorization: basic('x', key) }
    await pushBlob(other, 'loose', 'nobody needs this')
    for (const work of ['gc', 'scrub']) {
      await other.post(`/v2/_wasmoor/${work}`, { headers })
      for (;;) {
        const answer = expect(await other.get(`/v2/_wasmoor/${work}`, headers), 200)
        if (answer.json<{ state: string }>().state === 'finished') break
      }
    }
    const now = await metricsOf(from)
    for (const name of ['gc', 'scrub']) {
      const labels = { state: 'finished' }
      const [start, end] = ['start', 'end'].map((which) =>
        sample(now, `wasmoor_${name}_${which}_timestamp_seconds`, labels),
      )
      assert.ok(start! <= end!)
    }
    assert.equal(sample(now, 'wasmoor_scrub_findings', { kind: 'damaged' }), 0)
    assert.ok(sample(now, 'wasmoor_gc_examined') >= 0)
  })

  it('the metrics have no series for what a client makes up', async () => {
    const labels = { route: '-', method: 'GET', status: '404' }
    for (let at = 0; at < 20; at++) await counted('GET', `/made/up/${at}?x=${at}`)
    assert.equal(sample(await metricsOf(), 'wasmoor_http_requests_total', labels), 21)
  })

  it('the metrics count who was turned away, by reason', async (test) => {
    const closed = await startClosedServer({ users: ['alice', 'bob'], settings, rules: RULES })
    test.after(() => closed.stop())
    const from = await listenerOf(closed.server)
    const ask = async (path: string, authorization?: string, method = 'GET') => {
      const id = `asked-${++requests}`
      const headers = { 'X-Request-Id': id, ...(authorization && { Authorization: authorization }) }
      const { status } = await closed.server.send(method, path, { headers })
      await closed.server.log.accessLine(id)
      return status
    }
    assert.equal(await ask('/v2/'), 401)
    assert.equal(await ask('/v2/', basic('alice', 'wrong')), 401)
    assert.equal(await ask('/token', basic('alice', 'wrong')), 401)
    assert.equal(await ask('/v2/', 'Bearer made.up.token'), 401)
    assert.equal(await ask('/v2/secret/blobs/uploads/', basic('bob'), 'POST'), 403)
    assert.equal(await ask('/v2/', basic('alice')), 200)
    const families = await metricsOf(from)
    const counts = ['password', 'token', 'denied', 'throttled'].map((reason) =>
      sample(families, 'wasmoor_auth_failures_total', { reason }),
    )
    assert.deepEqual(counts, [2, 1, 1, 0])
  })

  it('the metrics are not there unless a port is set, and a port that is taken stops the start', async (test) => {
    const plain = await startTestServer({}, test)
    assert.ok(!plain.log.lines.some(({ message }) => message === 'serving metrics'))
    const taken = { 'metrics.port': String(listener.port) }
    await assert.rejects(
      startTestServer(taken),
      /cannot listen on 127\.0\.0\.1:.*listens there already/,
    )
  })
})
