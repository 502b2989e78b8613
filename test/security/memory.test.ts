import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { MIB } from '../../src/base/sizes.ts'
import { startDeadline } from '../../src/http/deadline.ts'
import { RowCache } from '../../storage/index-kv/row-cache.ts'
import { expect } from '../support/expected-answers.ts'
import { digest, image, IMAGE } from '../support/manifest-texts.ts'
import { MemoryKeyValue } from '../support/memory-key-value.ts'
import { parseMetrics, sample } from '../support/prometheus-text.ts'
import { pushImage, putManifest } from '../support/pushes.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { Requests } from '../support/requests.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const BUDGET = 32 * MIB

/** A manifest of this many bytes whose annotations are large. */
function large(bytes: number, fields: object = {}): string {
  const empty = image({ ...fields, annotations: { text: '' } }).length
  return image({ ...fields, annotations: { text: 'x'.repeat(bytes - empty) } })
}

async function metricsOf({ log }: TestServer): Promise<Requests> {
  const { fields } = await log.line(({ message }) => message === 'serving metrics')
  return new Requests({ host: String(fields['host']), port: Number(fields['port']) })
}

async function memoryOf(metrics: Requests): Promise<{ held: number; waiting: number }> {
  const families = parseMetrics(expect(await metrics.get('/metrics'), 200).text)
  return {
    held: sample(families, 'wasmoor_request_memory_bytes'),
    waiting: sample(families, 'wasmoor_requests_waiting'),
  }
}

describe('the memory of requests', () => {
  it('H1: manifests that arrive together share a budget, and those beyond it wait in their sockets', async (test) => {
    const server = await startTestServer({ 'metrics.port': '0' }, test)
    await pushImage(server, 'a', 'v1')
    const metrics = await metricsOf(server)
    test.after(() => metrics.close())
    const text = large(4 * MIB)
    const senders = await Promise.all(
      Array.from({ length: 12 }, async (_, at) => {
        const connection = await RawConnection.open(server)
        connection.request(
          [
            `PUT /v2/a/manifests/x${at} HTTP/1.1`,
            'Host: localhost',
            `Content-Type: ${IMAGE}`,
            `Content-Length: ${text.length}`,
          ],
          text.slice(0, -1),
        )
        return connection
      }),
    )
    // The network has half of the budget, which one manifest of this size takes.
    for (;;) {
      const { held, waiting } = await memoryOf(metrics)
      assert.ok(held <= BUDGET, `${held}`)
      if (waiting === 11) break
      await turn()
    }
    for (const sender of senders) sender.write('}')
    for (const sender of senders) {
      assert.equal((await sender.answer()).status, 201)
      sender.destroy()
    }
    assert.deepEqual(await memoryOf(metrics), { held: 0, waiting: 0 })
  })

  it('H1: a request whose client leaves gives its memory back, and its place', async (test) => {
    const server = await startTestServer({ 'metrics.port': '0' }, test)
    const metrics = await metricsOf(server)
    test.after(() => metrics.close())
    const head = (at: number) =>
      `PUT /v2/a/manifests/x${at} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${4 * MIB}\r\n\r\n{`
    const senders = [await RawConnection.open(server), await RawConnection.open(server)]
    for (const [at, sender] of senders.entries()) sender.write(head(at))
    while ((await memoryOf(metrics)).waiting !== 1) await turn()
    for (const sender of senders) sender.destroy()
    for (;;) {
      const { held, waiting } = await memoryOf(metrics)
      if (held === 0 && waiting === 0) break
      await turn()
    }
  })

  it('H2: the cache of rows holds bytes, not a number of rows of any size', () => {
    const store = new MemoryKeyValue()
    let reads = 0
    const counting = Object.assign(Object.create(store) as MemoryKeyValue, {
      get: () => {
        reads++
        return Buffer.alloc(MIB)
      },
    })
    const rows = new RowCache(counting)
    const decode = () => ({})
    for (let at = 0; at < 100; at++) rows.read(`row ${at}`, decode)
    reads = 0
    for (let at = 0; at < 100; at++) rows.read(`row ${at}`, decode)
    assert.ok(reads >= 100 - 16, `${100 - reads} rows of a MiB were kept`)
    rows.read('row 99', decode)
    const before = reads
    rows.read('row 99', decode)
    assert.equal(reads, before, 'a row that was just read is kept')
  })

  it('H4: while tags are listed with their summaries, other requests are answered', async (test) => {
    const server = await startTestServer({}, test)
    await pushImage(server, 'a')
    for (let at = 0; at < 40; at++)
      await putManifest(server, 'a', `v${at}`, large(200_000, { artifactType: `a/t${at}` }))
    const order: string[] = []
    const listing = server.get('/v2/a/_wasmoor/tags?n=100').then((answer) => {
      order.push('listing')
      return answer
    })
    const probe = server.get('/livez').then(() => order.push('probe'))
    await Promise.all([listing, probe])
    assert.deepEqual(order, ['probe', 'listing'])
    const { tags } = (await listing).json<{ tags: { marks?: unknown }[] }>()
    assert.equal(tags.length, 40)
    assert.ok(tags.every(({ marks }) => marks !== undefined))
  })

  it('H4: a manifest above 256 KiB is listed without a summary', async (test) => {
    const server = await startTestServer({}, test)
    await pushImage(server, 'a')
    await putManifest(server, 'a', 'large', large(300_000))
    const { tags } = (await server.get('/v2/a/_wasmoor/tags')).json<{ tags: object[] }>()
    assert.equal(tags.length, 1)
    assert.equal('marks' in tags[0]!, false)
  })

  it('H5: a page of referrers has at most a megabyte, and the link leads to the rest', async (test) => {
    const server = await startTestServer({}, test)
    const subjectDigest = await pushImage(server, 'a')
    const subject = { mediaType: IMAGE, digest: subjectDigest, size: 2 }
    const pushed = new Set<string>()
    for (let at = 0; at < 120; at++) {
      const manifest = large(15_000, { subject, artifactType: `a/t${at}` })
      await putManifest(server, 'a', digest(manifest), manifest)
      pushed.add(digest(manifest))
    }
    let path: string | undefined = `/v2/a/referrers/${subjectDigest}`
    let pages = 0
    while (path !== undefined) {
      const answer = expect(await server.get(path), 200)
      assert.ok(answer.body.byteLength < 1_100_000, `${answer.body.byteLength}`)
      const { manifests } = answer.json<{ manifests: { digest: string }[] }>()
      for (const each of manifests) pushed.delete(each.digest)
      path = /<([^>]*)>/.exec(String(answer.headers['link']))?.[1]
      pages++
    }
    assert.equal(pushed.size, 0)
    assert.ok(pages >= 2, `${pages}`)
  })

  it('M8: a body that is held in memory has a deadline, which grows with the bytes that arrive', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout'] })
    let elapsed = 0
    test.mock.method(performance, 'now', () => elapsed)
    let received = 0
    const { passed } = startDeadline(() => received)
    let failure: unknown
    passed.catch((error: unknown) => (failure = error))
    const wait = async (milliseconds: number) => {
      elapsed += milliseconds
      test.mock.timers.tick(milliseconds)
      await turn()
    }
    await wait(19_000)
    assert.equal(failure, undefined)
    received = 640 * 1024
    await wait(10_000)
    assert.equal(failure, undefined)
    await wait(1_000)
    assert.match(String(failure), /did not arrive in time/)
  })

  it('M8: a form whose bytes do not come ends with 408', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout'] })
    const server = await startTestServer({}, test)
    const connection = await RawConnection.open(server)
    connection.request([
      'POST /token HTTP/1.1',
      'Host: localhost',
      'Content-Type: application/x-www-form-urlencoded',
      'Content-Length: 100',
    ])
    const answered = connection.answer()
    let elapsed = performance.now()
    test.mock.method(performance, 'now', () => elapsed)
    const statuses: number[] = []
    void answered.then(({ status }) => statuses.push(status))
    while (statuses.length === 0) {
      elapsed += 1_000
      test.mock.timers.tick(1_000)
      await turn()
    }
    assert.deepEqual(statuses, [408])
    await connection.closed
  })
})
