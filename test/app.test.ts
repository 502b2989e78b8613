import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { startServer } from '../src/app.ts'
import { expect, expectError } from './support/expected-answers.ts'
import { KeptLog } from './support/kept-log.ts'
import { digest, image } from './support/manifest-texts.ts'
import { openUpload, pushBlob, pushImage } from './support/pushes.ts'
import { startTestServer, testConfig } from './support/server.ts'
import { temporaryDirectory } from './support/temporary-directory.ts'

describe('a server', () => {
  it('listens at its address until it is drained', async (t) => {
    const server = await startTestServer({}, t)
    assert.ok(server.port > 0)
    expect(await server.get('/livez'), 200)
    await server.stop()
    await assert.rejects(server.get('/livez'), /ECONNREFUSED/)
  })

  it('fails to start on a port in use, and releases the data directory', async (t) => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const data = await temporaryDirectory(t)
    await assert.rejects(
      startServer(testConfig({ data, port: String(port) }), new KeptLog()),
      new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port}: something listens there already`),
    )
    other.close()
    const server = await startTestServer({ data }, t)
    expect(await server.get('/readyz'), 200)
    await server.stop()
  })

  it('refuses a data directory that another server is using', async (t) => {
    const data = await temporaryDirectory(t)
    const first = await startTestServer({ data }, t)
    await pushImage(first, 'owned', 'v1')
    await assert.rejects(startTestServer({ data }), (error: Error) => {
      assert.match(error.message, /another process is using the data directory/)
      assert.ok(error.message.includes(data) && error.message.includes('--data'))
      return true
    })
    expect(await first.get('/v2/owned/manifests/v1'), 200)
    await first.stop()
    const second = await startTestServer({ data }, t)
    expect(await second.get('/v2/owned/manifests/v1'), 200)
    await second.stop()
  })
})

describe('a restarted server', () => {
  it('serves the manifests, blobs and repositories pushed before the restart', async (t) => {
    const data = await temporaryDirectory(t)
    const large = randomBytes(200_000)
    const before = await startTestServer({ data }, t)
    const id = await pushImage(before, 'kept', 'v1')
    const blob = await pushBlob(before, 'kept', large)
    const long = await pushBlob(before, 'kept', large, 'sha512')
    await before.stop()
    const after = await startTestServer({ data }, t)
    for (const reference of ['v1', id])
      assert.equal((await after.get(`/v2/kept/manifests/${reference}`)).text, image())
    for (const each of [blob, long])
      assert.ok(expect(await after.get(`/v2/kept/blobs/${each}`), 200).body.equals(large))
    assert.deepEqual((await after.get('/v2/_catalog')).json(), { repositories: ['kept'] })
    await after.stop()
  })

  for (const algorithm of ['sha256', 'sha512'])
    it(`resumes an upload session after each of several restarts, and closes it by ${algorithm}`, async (t) => {
      const data = await temporaryDirectory(t)
      const content = randomBytes(700_000)
      const cuts = [0, 10, 9_000, 300_000, 300_001, 650_000, 700_000]
      let location = ''
      for (const [at, start] of cuts.entries()) {
        const server = await startTestServer({ data }, t)
        if (at === 0) location = await openUpload(server, 'kept')
        const status = expect(await server.get(location), 204)
        assert.equal(status.headers['range'], `0-${Math.max(0, start - 1)}`)
        const end = cuts[at + 1]
        if (end !== undefined) {
          const headers = { 'Content-Range': `${start}-${end - 1}` }
          const early = { body: 'x', headers: { 'Content-Range': `${start + 1}-${start + 1}` } }
          expectError(await server.patch(location, early), 416, 'BLOB_UPLOAD_INVALID')
          expect(await server.patch(location, { body: content.subarray(start, end), headers }), 202)
        } else {
          const id = digest(content, algorithm)
          expect(await server.put(`${location}?digest=${id}`), 201)
          assert.ok((await server.get(`/v2/kept/blobs/${id}`)).body.equals(content))
        }
        await server.stop()
      }
    })
})
