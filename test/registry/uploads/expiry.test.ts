import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { contentOf } from '../../support/artifact.ts'
import { HeldBody } from '../../support/held-body.ts'
import { bodyOf } from '../../support/in-process-access.ts'
import { openTestRegistry, type TestRegistry } from '../../support/test-registry.ts'

const EXPIRY = 1_000
const BLOB = contentOf(Buffer.alloc(50_000, 'b'))

let callers = 0
/** An account that has no other session. */
const somebody = () => ({ owner: `account ${callers++}` })

describe('unfinished uploads', () => {
  it('deletes an upload session and its bytes when it has been idle for uploads.expiry', async () => {
    const test = await openTestRegistry({ uploads: { expiry: EXPIRY } })
    const { uploads } = test.registry
    const [untouched, touched] = [await uploads.start('a'), await uploads.start('a')]
    await uploads.append('a', untouched.id, { body: bodyOf(BLOB.bytes) })
    test.clock.now += EXPIRY - 1
    await uploads.append('a', touched.id, { body: bodyOf(BLOB.bytes) })
    await uploads.sweep()
    assert.equal((await uploads.status('a', untouched.id)).offset, 50_000)
    test.clock.now += 1
    await uploads.sweep()
    assert.equal(await uploads.find(untouched.id), undefined)
    assert.equal((await uploads.status('a', touched.id)).offset, 50_000)
    assert.equal((await test.uploads()).length, 1)
    const expired = test.log.lines.filter(({ message }) => message.includes('expired'))
    assert.deepEqual(
      expired.map(({ fields }) => fields),
      [{ repository: 'a', upload: untouched.id }],
    )
  })

  it('discards bytes without an upload session when a new process starts', async () => {
    const test = await openTestRegistry({ uploads: { expiry: EXPIRY } })
    const { uploads } = test.registry
    const { id } = await uploads.start('a')
    await uploads.append('a', id, { body: bodyOf(BLOB.bytes) })
    // Like a request that was running when the process was killed.
    const writer = test.storage.blobs.start()
    await writer.append(BLOB.bytes)
    await writer.suspend()
    assert.equal((await test.uploads()).length, 2)
    const next = await test.restart()
    assert.equal((await next.uploads()).length, 1)
    assert.equal((await next.registry.uploads.status('a', id)).offset, 50_000)
    await next.registry.uploads.finish('a', id, BLOB.digest, { body: bodyOf(Buffer.alloc(0)) })
    assert.deepEqual(await next.uploads(), [])
  })

  it('does not expire an upload session while a request is sending bytes', async () => {
    const test = await openTestRegistry({ uploads: { expiry: EXPIRY } })
    const { uploads } = test.registry
    const { id } = await uploads.start('a')
    const body = new HeldBody()
    const writing = uploads.append('a', id, { body })
    body.send(BLOB.bytes.subarray(0, 10))
    test.clock.now += 10 * EXPIRY
    await uploads.sweep()
    body.send(BLOB.bytes.subarray(10))
    body.end()
    assert.equal((await writing).offset, 50_000)
    await uploads.sweep()
    assert.equal((await uploads.status('a', id)).offset, 50_000)
  })

  it('does not expire an upload session that continues while the list is read', async () => {
    const test = await openTestRegistry({ uploads: { expiry: EXPIRY } })
    const { uploads } = test.registry
    const sessions = await Promise.all(Array.from({ length: 20 }, () => uploads.start('a')))
    test.clock.now += EXPIRY
    const appends = sessions.map(({ id }) => uploads.append('a', id, { body: bodyOf(BLOB.bytes) }))
    await Promise.all([uploads.sweep(), ...appends])
    for (const { id } of sessions) assert.equal((await uploads.status('a', id)).offset, 50_000)
  })

  it('expires only idle upload sessions when the clock is set back or forward', async () => {
    const test = await openTestRegistry({ uploads: { expiry: EXPIRY } })
    const { uploads } = test.registry
    const { id } = await uploads.start('a')
    await uploads.append('a', id, { body: bodyOf(BLOB.bytes.subarray(0, 20_000)) })
    test.clock.now -= 1_000_000
    await uploads.sweep()
    await uploads.append('a', id, { body: bodyOf(BLOB.bytes.subarray(20_000)) })
    const { id: idle } = await uploads.start('a')
    const body = new HeldBody()
    const writing = uploads.finish('a', id, BLOB.digest, { body })
    test.clock.now += 100_000_000
    await uploads.sweep()
    assert.equal(await uploads.find(idle), undefined)
    body.end()
    await writing
  })

  it('expires other upload sessions although one cannot be deleted', async () => {
    const test = await openTestRegistry({ uploads: { expiry: EXPIRY } })
    const { uploads } = test.registry
    const sessions = [await uploads.start('a'), await uploads.start('a'), await uploads.start('a')]
    const left = async () => {
      const found = await Promise.all(sessions.map(({ id }) => uploads.find(id)))
      return found.filter((record) => record !== undefined).length
    }
    test.clock.now += EXPIRY
    test.rows.failNext()
    await assert.rejects(uploads.sweep(), { status: 503 })
    assert.equal(await left(), 1)
    await uploads.sweep()
    assert.equal(await left(), 0)
  })

  it('expires upload sessions of an earlier process, over several pages', async () => {
    const before = await openTestRegistry({
      uploads: { expiry: EXPIRY },
      limits: { uploadSessions: 5_000 },
    })
    for (let count = 0; count < 1_200; count++) await before.registry.uploads.start('a')
    before.clock.now += EXPIRY
    const { storage } = await before.restart()
    assert.deepEqual(await storage.index.uploads.list({ limit: 1 }), { entries: [], more: false })
  })
})

describe('the number of unfinished uploads', () => {
  const limited = (uploadSessions: number) =>
    openTestRegistry({ limits: { uploadSessions }, uploads: { expiry: EXPIRY } })

  it('limits open upload sessions, and counts every way in which one ends', async () => {
    const test = await limited(3)
    const { uploads } = test.registry
    const endings: ((id: string) => Promise<unknown>)[] = [
      (id) => uploads.cancel('a', id),
      (id) => uploads.finish('a', id, BLOB.digest, { body: bodyOf(BLOB.bytes) }),
      (id) =>
        assert.rejects(uploads.finish('a', id, BLOB.digest, { body: bodyOf(Buffer.alloc(1)) })),
      async (id) => {
        await uploads.append('a', id, { body: bodyOf(BLOB.bytes) })
        test.files.names.clear()
        await assert.rejects(uploads.append('a', id, { body: bodyOf(BLOB.bytes) }))
      },
      async () => {
        test.clock.now += EXPIRY
        await uploads.sweep()
      },
    ]
    for (const end of endings) {
      const [{ id }] = [
        await uploads.start('a', undefined, somebody()),
        await uploads.start('a', undefined, somebody()),
        await uploads.start('a', undefined, somebody()),
      ]
      await full(test)
      await end(id)
      await uploads.start('a', undefined, somebody())
      await full(test, end === endings.at(-1) ? 2 : 0)
      test.clock.now += EXPIRY
      await uploads.sweep()
    }
  })

  it('enforces the limit of upload sessions for concurrent requests', async () => {
    const { registry } = await limited(5)
    const starts = Array.from({ length: 40 }, () =>
      registry.uploads.start('a', undefined, somebody()),
    )
    const outcomes = await Promise.allSettled(starts)
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 5)
  })

  it('counts the upload sessions of an earlier process', async () => {
    const before = await limited(3)
    for (let count = 0; count < 2; count++)
      await before.registry.uploads.start('a', undefined, somebody())
    const test = await before.restart()
    await test.registry.uploads.start('a', undefined, somebody())
    await full(test)
  })

  it('counts correctly when upload sessions begin and end while the list is read', async () => {
    const test = await limited(10)
    const { uploads } = test.registry
    const early = await Promise.all(
      Array.from({ length: 5 }, () => uploads.start('a', undefined, somebody())),
    )
    await Promise.all([
      uploads.sweep(),
      ...early.map(({ id }) => uploads.cancel('a', id)),
      ...Array.from({ length: 4 }, () => uploads.start('a', undefined, somebody())),
      uploads.sweep(),
    ])
    await full(test, 6)
  })
})

/** Asserts that exactly `room` more sessions can be opened. */
async function full({ registry }: TestRegistry, room = 0): Promise<void> {
  for (let count = 0; count < room; count++)
    await registry.uploads.start('full', undefined, somebody())
  await assert.rejects(registry.uploads.start('full', undefined, somebody()), {
    failure: 'TOO_MANY_REQUESTS',
    status: 429,
    headers: { 'Retry-After': '60' },
  })
}
