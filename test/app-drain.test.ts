import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from './support/expected-answers.ts'
import { digest } from './support/manifest-texts.ts'
import { openUpload } from './support/pushes.ts'
import { RawConnection } from './support/raw-connection.ts'
import { startTestServer } from './support/server.ts'
import { temporaryDirectory } from './support/temporary-directory.ts'

const LONG = 60_000

/** The head of a request with a body of `length` bytes. */
const head = (method: string, path: string, length: number) => [
  `${method} ${path} HTTP/1.1`,
  'Host: registry',
  `Content-Length: ${length}`,
]

/** Waits until the server has written bytes of an upload to disk. */
async function firstBytesOnDisk(data: string): Promise<void> {
  while ((await readdir(join(data, 'uploads'))).length === 0) await pause(5)
}

describe('draining a server', () => {
  it('finishes at once without running requests, and closes idle connections', async (t) => {
    const server = await startTestServer({ data: await temporaryDirectory(t) }, t)
    const idle = await RawConnection.open(server)
    idle.request(['GET /v2/ HTTP/1.1', 'Host: x'])
    assert.equal((await idle.answer()).headers['connection'], 'keep-alive')
    await server.drain(LONG)
    await idle.closed
  })

  it('lets a running upload finish, answers 503 to /readyz, and accepts no new connections', async (t) => {
    const data = await temporaryDirectory(t)
    const server = await startTestServer({ data }, t)
    const location = await openUpload(server, 'drained')
    const content = randomBytes(1_800_000)
    const upload = await RawConnection.open(server)
    const early = await RawConnection.open(server)
    const path = `${location}?digest=${digest(content)}`
    upload.request(head('PUT', path, content.byteLength), content.subarray(0, 1_500_000))
    await firstBytesOnDisk(data)

    const drained = server.drain(LONG)
    early.request(['GET /readyz HTTP/1.1', 'Host: x'])
    const ready = await early.answer()
    assert.equal(ready.status, 503)
    assert.equal(ready.headers['connection'], 'close')
    assert.match(ready.body, /shutting down/)
    await early.closed
    await assert.rejects(RawConnection.open(server), /ECONNREFUSED/)

    upload.write(content.subarray(1_500_000))
    const answer = await upload.answer()
    assert.equal(answer.status, 201)
    assert.equal(answer.headers['connection'], 'close')
    await upload.closed
    await drained

    const after = await startTestServer({ data }, t)
    const stored = expect(await after.get(`/v2/drained/blobs/${digest(content)}`), 200)
    assert.ok(stored.body.equals(content))
  })

  it('interrupts an upload after the grace period, and the next server resumes it', async (t) => {
    const data = await temporaryDirectory(t)
    const server = await startTestServer({ data, durability: 'full' }, t)
    const location = await openUpload(server, 'cut')
    const content = randomBytes(2_400_000)
    const upload = await RawConnection.open(server)
    upload.request(head('PATCH', location, content.byteLength), content.subarray(0, 1_800_000))
    await firstBytesOnDisk(data)
    await server.drain(1)
    await upload.closed
    assert.deepEqual(
      server.log.lines.filter(({ level }) => level === 'error' || level === 'warn'),
      [],
    )

    const after = await startTestServer({ data }, t)
    const status = expect(await after.get(location), 204)
    const kept = Number(status.headers['range']?.slice('0-'.length)) + 1
    assert.ok(kept >= 256 * 1024 && kept <= 1_800_000, `${kept} bytes were kept`)
    expect(
      await after.patch(location, {
        body: content.subarray(kept),
        headers: { 'Content-Range': `${kept}-${content.byteLength - 1}` },
      }),
      202,
    )
    expect(await after.put(`${location}?digest=${digest(content)}`), 201)
    const stored = await after.get(`/v2/cut/blobs/${digest(content)}`)
    assert.ok(stored.body.equals(content))
  })

  it('waits no longer than the grace period for clients that send nothing', async (t) => {
    const data = await temporaryDirectory(t)
    const server = await startTestServer({ data }, t)
    const location = await openUpload(server, 'still')
    const silent = await RawConnection.open(server)
    const half = await RawConnection.open(server)
    const body = await RawConnection.open(server)
    half.write('GET /v2/ HTT')
    body.request(head('PATCH', location, 10), '12345')
    await server.drain(50)
    await Promise.all([silent.closed, half.closed, body.closed])
  })
})
