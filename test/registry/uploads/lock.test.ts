import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { contentOf } from '../../support/artifact.ts'
import { HeldBody } from '../../support/held-body.ts'
import { bodyOf, InProcessAccess } from '../../support/in-process-access.ts'
import { SeededRandom } from '../../support/seeded-random.ts'
import { openTestRegistry } from '../../support/test-registry.ts'
import { turns } from '../../support/turns.ts'

const BLOB = contentOf(new SeededRandom(2).bytes(600_000))

/** A session with a running request, which has sent 300,000 bytes and waits. */
async function openWithWriter() {
  const test = await openTestRegistry()
  const { uploads, blobs } = test.registry
  const { id } = await uploads.start('a')
  const body = new HeldBody()
  const writing = uploads.append('a', id, { body, length: BLOB.bytes.byteLength })
  body.send(BLOB.bytes.subarray(0, 300_000))
  await turns()
  const readBlob = () => new InProcessAccess(test.registry).readBlob('a', BLOB.digest)
  return { ...test, uploads, blobs, id, body, writing, readBlob }
}

describe('two requests on one upload session', () => {
  it('a later request ends the running one, whose bytes are kept', async () => {
    const { uploads, id, body, writing, readBlob } = await openWithWriter()
    const rest = { body: bodyOf(BLOB.bytes.subarray(300_000)), start: 300_000 }
    const finished = uploads.finish('a', id, BLOB.digest, rest)
    await assert.rejects(writing, /aborted/)
    assert.equal(body.aborted, true)
    await finished
    assert.deepEqual(await readBlob(), BLOB.bytes)
  })

  it('a status request ends the running upload, and returns where to resume', async () => {
    const { uploads, id, writing } = await openWithWriter()
    const [status] = await Promise.all([
      uploads.status('a', id),
      assert.rejects(writing, /aborted/),
    ])
    assert.equal(status.offset, 300_000)
  })

  it('cancelling a session ends its running upload', async () => {
    const test = await openWithWriter()
    const cancelled = test.uploads.cancel('a', test.id)
    await assert.rejects(test.writing, /aborted/)
    await cancelled
    assert.deepEqual([await test.uploads.find(test.id), test.openFiles()], [undefined, 0])
  })

  it('many requests on one session run one after the other, and never mix their bytes', async () => {
    const { uploads, id, writing, readBlob } = await openWithWriter()
    const bodies = Array.from({ length: 5 }, () => new HeldBody())
    const requests = bodies.map((body) => {
      body.send(Buffer.alloc(70_000, 'x'))
      return uploads.append('a', id, { body, start: 300_000 })
    })
    const outcomes = await Promise.allSettled([writing, ...requests.slice(0, 4)])
    assert.ok(outcomes.every(({ status }) => status === 'rejected'))
    bodies[4]?.abort()
    await assert.rejects(requests[4]!)
    const { offset } = await uploads.status('a', id)
    assert.ok([300_000, 370_000].includes(offset), `${offset}`)
    const { id: other } = await uploads.start('a')
    await uploads.finish('a', other, BLOB.digest, { body: bodyOf(BLOB.bytes) })
    assert.deepEqual(await readBlob(), BLOB.bytes)
  })

  it('a request that has sent all its bytes is not interrupted', async () => {
    const { uploads, id, body, writing, disk } = await openWithWriter()
    const release = disk.hold('sync')
    body.send(BLOB.bytes.subarray(300_000))
    body.end()
    await turns()
    const status = uploads.status('a', id)
    await turns()
    assert.equal(body.aborted, false)
    release()
    assert.equal((await writing).offset, BLOB.bytes.byteLength)
    assert.equal((await status).offset, BLOB.bytes.byteLength)
  })

  it('different upload sessions do not wait for each other', async () => {
    const { uploads, id, body, writing } = await openWithWriter()
    const { id: other } = await uploads.start('a')
    await uploads.finish('a', other, BLOB.digest, { body: bodyOf(BLOB.bytes) })
    body.send(BLOB.bytes.subarray(300_000))
    body.end()
    assert.equal((await writing).offset, BLOB.bytes.byteLength)
    await uploads.finish('a', id, BLOB.digest, { body: bodyOf(Buffer.alloc(0)) })
  })
})
