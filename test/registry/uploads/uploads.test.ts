import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { contentOf } from '../../support/artifact.ts'
import { bodyOf, InProcessAccess } from '../../support/in-process-access.ts'
import { SeededRandom } from '../../support/seeded-random.ts'
import { openTestRegistry, type TestRegistry } from '../../support/test-registry.ts'

const BLOB = contentOf(new SeededRandom(1).bytes(700_000))
const { bytes: BYTES, digest: DIGEST } = BLOB
/** Around the limits of a blob stored in the index, and of the write buffer. */
const OFFSETS = [0, 10, 16_384, 16_385, 300_000]

describe('uploading in chunks', () => {
  it('makes one blob of all chunks, visible only in its repository', async () => {
    const test = await openTestRegistry()
    const { uploads } = test.registry
    const { id, offset } = await uploads.start('a')
    assert.equal(offset, 0)
    let at = 0
    for (const end of [...OFFSETS, BYTES.byteLength]) {
      const part = { body: bodyOf(BYTES.subarray(at, end)), start: at, length: end - at }
      const status = await uploads.append('a', id, part)
      assert.deepEqual(status, { id, repository: 'a', offset: end })
      assert.deepEqual(await uploads.status('a', id), status)
      assert.equal(await readable(test), false)
      at = end
    }
    await uploads.finish('a', id, DIGEST, { body: bodyOf(Buffer.alloc(0)) })
    assert.equal(await readable(test), true)
    assert.equal(await readable(test, 'b'), false)
    await unknown(uploads.status('a', id))
    assert.deepEqual([await test.uploads(), test.openFiles()], [[], 0])
  })

  for (const offset of OFFSETS) {
    it(`resumes an upload after ${offset} bytes in a new process`, async () => {
      const before = await openTestRegistry()
      const { id } = await before.registry.uploads.start('a')
      await before.registry.uploads.append('a', id, { body: bodyOf(BYTES.subarray(0, offset)) })
      const test = await before.restart()
      const status = await test.registry.uploads.status('a', id)
      assert.equal(status.offset, offset)
      const rest = { body: bodyOf(BYTES.subarray(offset)), start: offset }
      await test.registry.uploads.finish('a', id, DIGEST, rest)
      assert.equal(await readable(test), true)
    })

    it(`keeps the bytes that arrived of a request that broke off after ${offset} bytes`, async () => {
      const test = await openTestRegistry()
      const { uploads } = test.registry
      const { id } = await uploads.start('a')
      const gone = new Error('the client is gone')
      const part = { body: bodyOf(BYTES.subarray(0, offset), gone), length: 500_000 }
      await assert.rejects(uploads.append('a', id, part), gone)
      assert.equal((await uploads.status('a', id)).offset, offset)
      await uploads.finish('a', id, DIGEST, { body: bodyOf(BYTES.subarray(offset)) })
      assert.equal(await readable(test), true)
    })

    it(`keeps nothing of a request with a wrong length, after ${offset} bytes`, async () => {
      const test = await openTestRegistry()
      const { uploads } = test.registry
      const { id } = await uploads.start('a')
      await uploads.append('a', id, { body: bodyOf(BYTES.subarray(0, offset)) })
      const wrong = Buffer.alloc(400_000)
      for (const length of [0, 1, wrong.byteLength - 1, wrong.byteLength + 1]) {
        const part = () => ({ body: bodyOf(wrong), start: offset, length })
        await fails('SIZE_INVALID', uploads.append('a', id, part()))
        await fails('SIZE_INVALID', uploads.finish('a', id, DIGEST, part()))
        assert.equal((await uploads.status('a', id)).offset, offset)
        assert.equal(
          bytesInFiles(test),
          offset > 16_384 ? offset : 0,
          'their disk space is free again',
        )
      }
      assert.equal(test.openFiles(), 0)
      await uploads.finish('a', id, DIGEST, { body: bodyOf(BYTES.subarray(offset)) })
      assert.equal(await readable(test), true)
    })

    it(`resumes an upload after the disk was full, after ${offset} bytes`, async () => {
      const test = await openTestRegistry()
      const { uploads } = test.registry
      const { id } = await uploads.start('a')
      await uploads.append('a', id, { body: bodyOf(BYTES.subarray(0, offset)) })
      for (const operation of ['write', 'sync'] as const) {
        test.disk.failNext(operation, 'ENOSPC')
        const part = () => ({ body: bodyOf(BYTES.subarray(offset)) })
        await fails('STORAGE_FULL', uploads.append('a', id, part()))
        test.disk.failNext(operation, 'ENOSPC')
        await fails('STORAGE_FULL', uploads.finish('a', id, DIGEST, part()))
        assert.equal((await uploads.status('a', id)).offset, offset)
        assert.equal(test.openFiles(), 0)
      }
      await uploads.finish('a', id, DIGEST, { body: bodyOf(BYTES.subarray(offset)) })
      assert.equal(await readable(test), true)
    })
  }

  it('rejects a chunk with a wrong start, and returns the current range', async () => {
    const { registry } = await openTestRegistry()
    const { id } = await registry.uploads.start('a')
    await registry.uploads.append('a', id, { body: bodyOf(BYTES.subarray(0, 100)) })
    for (const start of [0, 99, 101]) {
      const part = { body: bodyOf(BYTES), start }
      const headers = { Location: `/v2/a/blobs/uploads/${id}`, Range: '0-99' }
      for (const attempt of [
        registry.uploads.append('a', id, part),
        registry.uploads.finish('a', id, DIGEST, part),
      ]) {
        const error = await fails('RANGE_INVALID', attempt)
        assert.deepEqual(error.headers, { ...headers, 'Docker-Upload-UUID': id })
      }
    }
    assert.equal((await registry.uploads.status('a', id)).offset, 100)
  })

  it('does not find an upload session in another repository', async () => {
    const { registry } = await openTestRegistry()
    const { id } = await registry.uploads.start('a')
    for (const [repository, session] of [
      ['b', id],
      ['a', 'none'],
      ['a', ''],
    ] as const) {
      await unknown(registry.uploads.status(repository, session))
      await unknown(registry.uploads.append(repository, session, { body: bodyOf(BYTES) }))
      await unknown(registry.uploads.finish(repository, session, DIGEST, { body: bodyOf(BYTES) }))
      await unknown(registry.uploads.cancel(repository, session))
    }
    assert.equal((await registry.uploads.status('a', id)).offset, 0)
  })

  it('ends an upload session with a wrong digest, and stores nothing', async () => {
    for (const length of OFFSETS) {
      const test = await openTestRegistry()
      const { uploads } = test.registry
      const { id } = await uploads.start('a')
      const wrong = contentOf(BYTES.subarray(0, length))
      await uploads.append('a', id, { body: bodyOf(wrong.bytes.subarray(0, length / 2)) })
      const rest = { body: bodyOf(wrong.bytes.subarray(length / 2)) }
      const error = await fails('DIGEST_INVALID', uploads.finish('a', id, DIGEST, rest))
      assert.deepEqual(error.detail, { actual: wrong.digest })
      await unknown(uploads.status('a', id))
      assert.equal(await readable(test), false)
      assert.deepEqual([await test.uploads(), test.openFiles()], [[], 0])
      assert.equal((await test.storage.index.repositories.list({ limit: 1 })).entries.length, 0)
    }
  })

  it('cancels an upload session and deletes its bytes', async () => {
    for (const length of OFFSETS) {
      const test = await openTestRegistry()
      const { id } = await test.registry.uploads.start('a')
      await test.registry.uploads.append('a', id, { body: bodyOf(BYTES.subarray(0, length)) })
      await test.registry.uploads.cancel('a', id)
      await unknown(test.registry.uploads.status('a', id))
      assert.deepEqual([await test.uploads(), test.openFiles()], [[], 0])
    }
  })

  it('ends an upload session whose bytes are gone', async () => {
    const test = await openTestRegistry()
    const { id } = await test.registry.uploads.start('a')
    await test.registry.uploads.append('a', id, { body: bodyOf(BYTES) })
    test.files.names.clear()
    await unknown(test.registry.uploads.append('a', id, { body: bodyOf(BYTES) }))
    await unknown(test.registry.uploads.status('a', id))
  })

  it('closes the file when the bytes of a resumed upload cannot be read', async () => {
    const before = await openTestRegistry()
    const { id } = await before.registry.uploads.start('a')
    await before.registry.uploads.append('a', id, { body: bodyOf(BYTES.subarray(0, 50_000)) })
    const test = await before.restart()
    const rest = () => ({ body: bodyOf(BYTES.subarray(50_000)) })
    test.disk.failNext('read')
    await fails('UNAVAILABLE', test.registry.uploads.append('a', id, rest()))
    assert.equal(test.openFiles(), 0)
    await test.registry.uploads.finish('a', id, DIGEST, rest())
    assert.equal(await readable(test), true)
  })
})

describe('the digest of an upload', () => {
  const LONG = contentOf(BYTES, 'sha512')

  it('closes an upload by sha512 without an announced algorithm', async () => {
    const test = await openTestRegistry()
    const { id } = await test.registry.uploads.start('a')
    await test.registry.uploads.append('a', id, { body: bodyOf(BYTES.subarray(0, 400_000)) })
    const rest = { body: bodyOf(BYTES.subarray(400_000)) }
    await test.registry.uploads.finish('a', id, LONG.digest, rest)
    assert.ok(test.disk.times('read') > 0, 'the bytes were read again')
    assert.equal(await readable(test, 'a', LONG.digest), true)
    assert.equal(await readable(test, 'a', DIGEST), false)
  })

  it('does not read an upload again if its algorithm was announced', async () => {
    for (const [algorithm, { digest }] of [
      ['sha512', LONG],
      ['sha256', BLOB],
    ] as const) {
      const { registry, disk } = await openTestRegistry()
      const { id } = await registry.uploads.start('a', algorithm)
      await registry.uploads.append('a', id, { body: bodyOf(BYTES.subarray(0, 400_000)) })
      await registry.uploads.finish('a', id, digest, { body: bodyOf(BYTES.subarray(400_000)) })
      assert.equal(disk.times('read'), 0)
    }
  })

  it('closes an upload by another algorithm than was announced', async () => {
    for (const announced of ['sha256', 'sha512'] as const) {
      for (const digest of [DIGEST, LONG.digest]) {
        const test = await openTestRegistry()
        const { id } = await test.registry.uploads.start('a', announced)
        await test.registry.uploads.append('a', id, { body: bodyOf(Buffer.alloc(0)) })
        await test.registry.uploads.finish('a', id, digest, { body: bodyOf(BYTES) })
        assert.equal(await readable(test, 'a', digest), true)
      }
    }
  })
})

describe('uploading in one request', () => {
  it('stores a blob uploaded in one request, or nothing if it fails', async () => {
    for (const length of OFFSETS) {
      const test = await openTestRegistry()
      const { bytes, digest } = contentOf(BYTES.subarray(0, length))
      const error = await fails(
        'DIGEST_INVALID',
        test.registry.uploads.put('a', DIGEST, bodyOf(bytes)),
      )
      assert.deepEqual(error.detail, { actual: digest })
      const gone = new Error('the client is gone')
      await assert.rejects(test.registry.uploads.put('a', digest, bodyOf(bytes, gone)), gone)
      assert.deepEqual([await test.uploads(), test.openFiles()], [[], 0])
      assert.equal(await readable(test, 'a', digest), false)
      await test.registry.uploads.put('a', digest, bodyOf(bytes))
      assert.equal(await readable(test, 'a', digest), true)
      assert.deepEqual([await test.uploads(), test.openFiles()], [[], 0])
    }
  })

  it('stores one copy of a blob that is pushed many times, also concurrently', async () => {
    const test = await openTestRegistry()
    const pushes = Array.from({ length: 6 }, (_, number) =>
      test.registry.uploads.put(`r${number}`, DIGEST, bodyOf(BYTES)),
    )
    await Promise.all(pushes)
    await test.registry.uploads.put('again', DIGEST, bodyOf(BYTES))
    assert.equal(test.files.names.size, 1)
    for (const repository of ['r0', 'r5', 'again'])
      assert.equal(await readable(test, repository), true)
  })
})

describe('the size limit of a blob', () => {
  it('rejects a blob one byte too large, in one request or in chunks, and keeps no bytes of it', async () => {
    const test = await openTestRegistry({ limits: { blobSize: 500_000 } })
    const { uploads } = test.registry
    const fits = contentOf(BYTES.subarray(0, 500_000))
    const much = contentOf(BYTES.subarray(0, 500_001))
    await fails('TOO_LARGE', uploads.put('a', much.digest, bodyOf(much.bytes)))
    assert.deepEqual([await test.uploads(), test.openFiles()], [[], 0])
    const { id } = await uploads.start('a')
    await uploads.append('a', id, { body: bodyOf(BYTES.subarray(0, 400_000)) })
    const rest = () => bodyOf(BYTES.subarray(400_000, 500_001))
    await fails('TOO_LARGE', uploads.append('a', id, { body: rest() }))
    await fails('TOO_LARGE', uploads.finish('a', id, much.digest, { body: rest() }))
    assert.equal((await uploads.status('a', id)).offset, 400_000)
    await uploads.finish('a', id, fits.digest, { body: bodyOf(BYTES.subarray(400_000, 500_000)) })
    assert.equal(await readable(test, 'a', fits.digest), true)
  })
})

describe('the size limit of a blob with an announced length', () => {
  it('rejects too large a blob before it reads a byte', async () => {
    const test = await openTestRegistry({ limits: { blobSize: 500_000 } })
    const { uploads } = test.registry
    const asked: string[] = []
    const chunks = (async function* () {
      asked.push('bytes')
      yield BYTES
    })()
    const body = { chunks, length: 500_001, abort: () => undefined }
    await fails('TOO_LARGE', uploads.put('a', DIGEST, body))
    const { id } = await uploads.start('a')
    await uploads.append('a', id, { body: bodyOf(BYTES.subarray(0, 400_000)) })
    await fails('TOO_LARGE', uploads.append('a', id, { body: { ...body, length: 100_001 } }))
    assert.deepEqual(asked, [])
    assert.equal((await uploads.status('a', id)).offset, 400_000)
  })
})

function bytesInFiles({ files }: TestRegistry): number {
  const sizes = [...files.names.values()].map((file) => files.files.get(file)!.byteLength)
  return sizes.reduce((sum, size) => sum + size, 0)
}

async function readable(
  { registry }: TestRegistry,
  repository = 'a',
  digest = DIGEST,
): Promise<boolean> {
  return (await new InProcessAccess(registry).readBlob(repository, digest)) !== undefined
}

interface Failure extends Error {
  readonly failure: string
  readonly headers: object
  readonly detail: unknown
}

async function fails(failure: string, attempt: Promise<unknown>): Promise<Failure> {
  const error = await attempt.then(
    () => assert.fail(`should fail with ${failure}`),
    (reason: unknown) => reason as Failure,
  )
  assert.equal(error.failure, failure, error.message)
  return error
}

function unknown(attempt: Promise<unknown>): Promise<Failure> {
  return fails('BLOB_UPLOAD_UNKNOWN', attempt)
}
