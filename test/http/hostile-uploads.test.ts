import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { expect } from '../support/expected-answers.ts'
import { digest } from '../support/manifest-texts.ts'
import { openUpload, pushBlob } from '../support/pushes.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { startTestServer } from '../support/server.ts'

const server = await startTestServer()
after(() => server.stop())

let requests = 0

/** Begins a request that brings a body, of which only a part is sent. */
async function begin(method: string, path: string, length: number | 'chunked', sent: Uint8Array) {
  const id = `upload-${++requests}`
  const connection = await RawConnection.open(server)
  const framing = length === 'chunked' ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`
  connection.request(
    [`${method} ${path} HTTP/1.1`, 'Host: x', `X-Request-Id: ${id}`, framing],
    sent,
  )
  return { connection, id, ended: () => server.log.accessLine(id) }
}

/**
 * A session that holds the first two bytes: for "none" and "one" the protocol has one word, `0-0`.
 */
async function openWithTwo(content: Buffer): Promise<string> {
  const location = await openUpload(server, 'up')
  expect(await server.patch(location, { body: content.subarray(0, 2) }), 202)
  return location
}

/** Bytes that a session holds. */
async function received(location: string): Promise<number> {
  const { headers } = expect(await server.get(location), 204)
  const last = Number(/^0-(\d+)$/.exec(String(headers['range']))?.[1])
  return last === 0 ? 0 : last + 1
}

/** Sends what a session lacks, and closes it; fails unless the blob is right. */
async function complete(location: string, content: Buffer, from: number): Promise<void> {
  const body = content.subarray(from)
  const headers = { 'Content-Range': `${from}-${content.byteLength - 1}` }
  if (body.byteLength > 0) expect(await server.patch(location, { body, headers }), 202)
  expect(await server.put(`${location}?digest=${digest(content)}`), 201)
  const stored = expect(await server.get(`/v2/up/blobs/${digest(content)}`), 200)
  assert.ok(stored.body.equals(content))
}

const chunk = (bytes: Uint8Array) =>
  Buffer.concat([Buffer.from(`${bytes.byteLength.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])

describe('a PATCH that breaks off', () => {
  const content = randomBytes(1_000_000)
  const ways: Readonly<Record<string, (connection: RawConnection) => void>> = {
    'by a reset': ({ socket }) => socket.resetAndDestroy(),
    'by an end': ({ socket }) => socket.end(),
    'by a chunk that is none': (connection) => connection.write('zz\r\n'),
  }
  for (const [way, stop] of Object.entries(ways))
    for (const length of [2, 400, 20_000, 300_000])
      it(`a PATCH that breaks off ${way} after ${length} bytes keeps no more than arrived, and goes on from there`, async () => {
        const location = await openUpload(server, 'up')
        const { connection, ended } = await begin('PATCH', location, 'chunked', Buffer.alloc(0))
        connection.write(chunk(content.subarray(0, length)))
        stop(connection)
        await connection.closed
        await ended()
        const kept = await received(location)
        assert.ok(kept <= length)
        if (way !== 'by a reset' && length < 10_000) assert.equal(kept, length)
        await complete(location, content, kept)
      })

  it('a PATCH that breaks off with a Content-Length that is too long keeps what came', async () => {
    const location = await openUpload(server, 'up')
    const { connection, ended } = await begin('PATCH', location, 1000, content.subarray(0, 500))
    connection.socket.end()
    await ended()
    assert.equal(await received(location), 500)
    await complete(location, content, 500)
  })

  it('a PATCH that breaks off with a Content-Length that is too short keeps no more than that', async () => {
    const location = await openUpload(server, 'up')
    const { connection, ended } = await begin('PATCH', location, 500, content.subarray(0, 1000))
    await connection.closed
    await ended()
    const kept = await received(location)
    assert.ok(kept <= 500)
    await complete(location, content, kept)
  })

  it('a PATCH that breaks off many times over still makes the right blob', async () => {
    const cut = fc.record({ length: fc.nat(90_000), reset: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(cut, { minLength: 1, maxLength: 6 }), async (cuts) => {
        const location = await openWithTwo(content)
        let at = 2
        for (const { length, reset } of cuts) {
          const sent = content.subarray(at, at + length)
          const { connection, ended } = await begin('PATCH', location, content.byteLength, sent)
          if (reset) connection.socket.resetAndDestroy()
          else connection.socket.end()
          await ended()
          const kept = await received(location)
          assert.ok(kept <= at + length && kept >= at)
          at = kept
        }
        await complete(location, content, at)
      }),
      { numRuns: 15 },
    )
  })
})

describe('another request that breaks off', () => {
  it('another request that breaks off stores nothing: a blob in one POST, a manifest, a closing PUT', async () => {
    const bytes = randomBytes(300_000)
    const location = await openUpload(server, 'up')
    const manifest = '/v2/up/manifests/broken'
    for (const [method, path] of [
      ['POST', `/v2/up/blobs/uploads/?digest=${digest(bytes)}`],
      ['PUT', `${location}?digest=${digest(bytes)}`],
      ['PUT', manifest],
    ] as const) {
      const { connection, ended } = await begin(method, path, bytes.byteLength + 1, bytes)
      connection.socket.end()
      assert.equal((await ended())['aborted'], true)
    }
    expect(await server.head(`/v2/up/blobs/${digest(bytes)}`), 404)
    expect(await server.head(manifest), 404)
    await complete(location, bytes, await received(location))
  })

  it('another request that breaks off leaves no file open and no bytes behind', async () => {
    const large = await pushBlob(server, 'up', randomBytes(8_000_000))
    const before = await filesOf('uploads')
    const aborted: Promise<unknown>[] = []
    for (let each = 0; each < 20; each++) {
      const id = `early-${each}`
      const connection = await RawConnection.open(server)
      connection.request([`GET /v2/up/blobs/${large} HTTP/1.1`, 'Host: x', `X-Request-Id: ${id}`])
      connection.socket.once('data', () => connection.socket.resetAndDestroy())
      aborted.push(server.log.accessLine(id))
      const path = `/v2/up/blobs/uploads/?digest=${digest('x')}`
      const post = await begin('POST', path, 900_000, Buffer.alloc(800_000))
      post.connection.socket.end()
      aborted.push(post.ended())
    }
    await Promise.all(aborted)
    while ((await openFiles()) > 0) await turn()
    while ((await filesOf('uploads')) > before) await turn()
    expect(await server.get(`/v2/up/blobs/${large}`), 200)
  })
})

const filesOf = async (directory: string) => (await readdir(join(server.data, directory))).length

/** Files of blobs and uploads that this process has open. */
async function openFiles(): Promise<number> {
  const links = (await readdir('/proc/self/fd')).map((fd) =>
    readlink(`/proc/self/fd/${fd}`).catch(() => ''),
  )
  const inside = /^\/(blobs|uploads)\//
  const paths = await Promise.all(links)
  return paths.filter(
    (path) => path.startsWith(server.data) && inside.test(path.slice(server.data.length)),
  ).length
}

describe('two writers on one session', () => {
  const content = randomBytes(400_000)

  it('two writers on one session are one: the newer ends the older, whose bytes up to then are kept', async () => {
    // More than is gathered before it is written: files show how far it is.
    const large = randomBytes(2_000_000)
    for (const method of ['GET', 'PATCH', 'PUT', 'DELETE']) {
      const location = await openUpload(server, 'up')
      const half = large.subarray(0, 1_500_000)
      const before = await filesOf('uploads')
      const older = await begin('PATCH', location, large.byteLength, half)
      while ((await filesOf('uploads')) === before) await turn()
      const early = { 'Content-Range': `${large.byteLength}-${large.byteLength}` }
      const path = `${location}?digest=${digest(large)}`
      const newer = await server.send(method, path, { headers: early, body: 'x' })
      await older.connection.closed
      assert.equal((await older.ended())['aborted'], true)
      if (method === 'DELETE') expect(newer, 204)
      else {
        expect(newer, method === 'GET' ? 204 : 416)
        const kept = Number(newer.headers['range']?.slice('0-'.length)) + 1
        assert.ok(kept > 0 && kept <= half.byteLength)
        await complete(location, large, kept)
      }
      while ((await filesOf('uploads')) > before) await turn()
    }
  })

  it('two writers on one session never mix their bytes, however many there are', async () => {
    const piece = fc.integer({ min: 1, max: 150_000 })
    const statuses = new Set<number>()
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(piece), { minLength: 2, maxLength: 4 }),
        async (writers) => {
          const location = await openWithTwo(content)
          const write = async (lengths: number[]) => {
            let at = 2
            for (const length of lengths) {
              const body = content.subarray(at, at + length)
              if (body.byteLength === 0) return
              const headers = { 'Content-Range': `${at}-${at + body.byteLength - 1}` }
              const answer = await server.patch(location, { headers, body }).catch(() => undefined)
              statuses.add(answer?.status ?? 0)
              const range = /^0-(\d+)$/.exec(String(answer?.headers['range']))
              if (range) at = Number(range[1]) + 1
            }
          }
          await Promise.all(writers.map(write))
          await complete(location, content, await received(location))
        },
      ),
      { numRuns: 15 },
    )
    for (const status of statuses) assert.ok([0, 202, 400, 416].includes(status), String(status))
  })
})

describe('a request that its client breaks off', () => {
  it('a request that its client breaks off is no error of the server', () => {
    const bad = server.log.lines.filter(({ level }) => level === 'error' || level === 'warn')
    assert.deepEqual(bad, [])
  })
})
