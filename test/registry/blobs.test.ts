import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { contentOf, image } from '../support/artifact.ts'
import { bodyOf, InProcessAccess } from '../support/in-process-access.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import { openTestRegistry, type TestRegistry } from '../support/test-registry.ts'

const random = new SeededRandom(3)
/** Stored in the index, in a file that fits the cache, and in a file that is streamed. */
const SMALL = contentOf(random.bytes(10_000))
const MIDDLE = contentOf(random.bytes(60_000))
const LARGE = contentOf(random.bytes(2_500_000))

/** A registry in which `a` and `b` hold the blob. */
async function openWith(blob: typeof SMALL): Promise<TestRegistry> {
  const test = await openTestRegistry()
  await test.registry.uploads.put('a', blob.digest, bodyOf(blob.bytes))
  await test.registry.blobs.mount('b', blob.digest, 'a', () => true)
  return test
}

const DAMAGES: [what: string, blob: typeof SMALL, damage: (test: TestRegistry) => Promise<void>][] =
  [
    ['a blob in the index with a flipped bit', SMALL, (test) => changeRow(test, flipped)],
    [
      'a truncated blob in the index',
      SMALL,
      (test) => changeRow(test, (bytes) => bytes.subarray(1)),
    ],
    ['a missing blob in the index', SMALL, (test) => changeRow(test, () => undefined)],
    ['a file with a flipped bit', MIDDLE, (test) => changeFile(test, flipped)],
    ['a truncated file', MIDDLE, (test) => changeFile(test, (bytes) => bytes.subarray(1))],
    [
      'a file that grew',
      MIDDLE,
      (test) => changeFile(test, (bytes) => Buffer.concat([bytes, bytes])),
    ],
    ['a missing file', MIDDLE, (test) => changeFile(test, () => undefined)],
    ['a truncated large file', LARGE, (test) => changeFile(test, (bytes) => bytes.subarray(1))],
    ['a missing large file', LARGE, (test) => changeFile(test, () => undefined)],
  ]

describe('a damaged blob', () => {
  for (const [what, blob, damage] of DAMAGES) {
    it(`quarantines and logs a damaged blob until it is pushed again: ${what}`, async () => {
      const test = await openWith(blob)
      const { blobs, uploads } = test.registry
      const access = new InProcessAccess(test.registry)
      const found = await blobs.stat('a', blob.digest)
      await damage(test)
      await assert.rejects(blobs.open(found), { failure: 'BLOB_UNKNOWN', message: /found damaged/ })
      for (const repository of ['a', 'b'])
        await assert.rejects(blobs.stat(repository, blob.digest), { failure: 'BLOB_UNKNOWN' })
      assert.equal(await blobs.mount('c', blob.digest, 'a', () => true), false)
      const [line] = test.log.lines.filter(({ level }) => level === 'error')
      assert.equal(line?.fields['digest'], blob.digest)
      assert.equal(line.fields['key'], found.key)
      await uploads.put('c', blob.digest, bodyOf(blob.bytes))
      for (const repository of ['a', 'b', 'c'])
        assert.deepEqual(await access.readBlob(repository, blob.digest), blob.bytes)
      assert.notEqual((await blobs.stat('a', blob.digest)).key, found.key)
      assert.equal(test.openFiles(), 0)
    })

    if (what.includes('flipped')) continue
    it(`replaces a damaged blob that is pushed again before it is read: ${what}`, async () => {
      const test = await openWith(blob)
      await damage(test)
      await test.registry.uploads.put('c', blob.digest, bodyOf(blob.bytes))
      const access = new InProcessAccess(test.registry)
      for (const repository of ['a', 'b', 'c'])
        assert.deepEqual(await access.readBlob(repository, blob.digest), blob.bytes)
    })
  }

  it('does not return the last bytes of a large blob with changed bytes', async () => {
    const test = await openWith(LARGE)
    const { blobs, uploads } = test.registry
    const found = await blobs.stat('a', LARGE.digest)
    await changeFile(test, flipped)
    let read = 0
    const readAll = async () => {
      for await (const piece of await blobs.open(found)) read += piece.byteLength
    }
    await assert.rejects(readAll(), { failure: 'BLOB_UNKNOWN', message: /found damaged/ })
    assert.ok(read < LARGE.bytes.byteLength)
    await assert.rejects(blobs.stat('b', LARGE.digest), { failure: 'BLOB_UNKNOWN' })
    assert.equal(test.openFiles(), 0)
    await uploads.put('a', LARGE.digest, bodyOf(LARGE.bytes))
    const access = new InProcessAccess(test.registry)
    assert.deepEqual(await access.readBlob('b', LARGE.digest), LARGE.bytes)
  })

  it('verifies a small blob on every read when the cache is off', async () => {
    const test = await openTestRegistry({ cache: { blobs: 0 } })
    await test.registry.uploads.put('a', SMALL.digest, bodyOf(SMALL.bytes))
    const found = await test.registry.blobs.stat('a', SMALL.digest)
    await (await test.registry.blobs.open(found)).close()
    await changeRow(test, flipped)
    await assert.rejects(test.registry.blobs.open(found), { failure: 'BLOB_UNKNOWN' })
  })

  it('rejects a manifest that references a quarantined blob', async () => {
    const test = await openWith(SMALL)
    await changeRow(test, flipped)
    const found = await test.registry.blobs.stat('a', SMALL.digest)
    await assert.rejects(test.registry.blobs.open(found))
    const { digest, bytes, mediaType } = image({ config: SMALL })
    const push = { repository: 'a', reference: digest, bytes, contentType: mediaType, tags: [] }
    await assert.rejects(test.registry.manifests.put(push), { failure: 'MANIFEST_BLOB_UNKNOWN' })
  })
})

describe('reading blobs', () => {
  it('reads whole blobs and ranges, also concurrently', async () => {
    for (const blob of [SMALL, MIDDLE, LARGE]) {
      const test = await openWith(blob)
      const found = await test.registry.blobs.stat('a', blob.digest)
      const last = blob.bytes.byteLength - 1
      const ranges = [
        { start: 0, end: last },
        { start: 5, end: 5 },
        { start: 9, end: last - 9 },
      ]
      const readers = [...ranges, ...ranges].map(async (range) => {
        const pieces: Uint8Array[] = []
        for await (const piece of await test.registry.blobs.open(found, range))
          pieces.push(Buffer.from(piece))
        assert.deepEqual(Buffer.concat(pieces), blob.bytes.subarray(range.start, range.end + 1))
      })
      await Promise.all(readers)
      assert.equal(test.openFiles(), 0)
    }
  })

  it('caches small blobs when they are read, and never large ones', async () => {
    for (const [blob, kept] of [
      [SMALL, true],
      [MIDDLE, true],
      [LARGE, false],
    ] as const) {
      const { registry } = await openWith(blob)
      const found = await registry.blobs.stat('a', blob.digest)
      assert.equal(registry.blobs.cached(found), undefined)
      await (await registry.blobs.open(found)).close()
      assert.equal(registry.blobs.cached(found) !== undefined, kept)
    }
  })

  it('does not quarantine a blob when the disk fails', async () => {
    for (const blob of [MIDDLE, LARGE]) {
      const test = await openWith(blob)
      const found = await test.registry.blobs.stat('a', blob.digest)
      test.disk.failNext('open')
      await assert.rejects(test.registry.blobs.open(found), { failure: 'UNAVAILABLE' })
      test.disk.failNext('read')
      const access = new InProcessAccess(test.registry)
      await assert.rejects(access.readBlob('a', blob.digest), { failure: 'UNAVAILABLE' })
      assert.deepEqual(await access.readBlob('a', blob.digest), blob.bytes)
      assert.equal(test.openFiles(), 0)
    }
  })

  it('distinguishes an unknown blob from an unknown repository', async () => {
    const { registry } = await openWith(SMALL)
    await assert.rejects(registry.blobs.stat('a', LARGE.digest), { failure: 'BLOB_UNKNOWN' })
    await assert.rejects(registry.blobs.stat('z', SMALL.digest), { failure: 'NAME_UNKNOWN' })
  })
})

describe('mounting a blob', () => {
  it('mounts a blob only from a repository that holds it and that the caller may pull', async () => {
    const { registry } = await openWith(SMALL)
    const mount = (to: string, from: string | undefined, ...pullable: string[]) =>
      registry.blobs.mount(to, SMALL.digest, from, (name) => pullable.includes(name))
    assert.equal(await mount('c', 'a'), false)
    assert.equal(await mount('c', 'a', 'b'), false)
    assert.equal(await mount('c', 'z', 'z'), false)
    assert.equal(await mount('c', 'a', 'a'), true)
    assert.equal(await mount('d', undefined), false)
    assert.equal(await mount('d', undefined, 'z'), false)
    assert.equal(await mount('d', undefined, 'b'), true)
    for (const repository of ['c', 'd']) await registry.blobs.stat(repository, SMALL.digest)
    const mayPull = () => true
    assert.equal(await registry.blobs.mount('d', LARGE.digest, undefined, mayPull), false)
  })

  it('finds the repository from which a blob can be mounted', async () => {
    const { registry } = await openWith(SMALL)
    const source = (from: string | undefined, ...pullable: string[]) =>
      registry.blobs.mountSource(SMALL.digest, from, (name) => pullable.includes(name))
    assert.equal(await source('a', 'a'), 'a')
    assert.equal(await source('a', 'b'), undefined)
    assert.equal(await source('z', 'z'), undefined)
    assert.equal(await source(undefined, 'b'), 'b')
    assert.equal(await source(undefined), undefined)
  })
})

describe('deleting a blob', () => {
  it('deletes a blob from one repository, unless a manifest there references it', async () => {
    const { registry } = await openWith(SMALL)
    const { digest, bytes, mediaType } = image({ config: SMALL })
    const push = { repository: 'a', reference: digest, bytes, contentType: mediaType, tags: [] }
    await registry.manifests.put(push)
    const conflict = { failure: 'CONFLICT', status: 409, detail: { manifest: digest } }
    await assert.rejects(registry.blobs.delete('a', SMALL.digest), conflict)
    await registry.blobs.delete('b', SMALL.digest)
    await assert.rejects(registry.blobs.delete('b', SMALL.digest), { failure: 'NAME_UNKNOWN' })
    await assert.rejects(registry.blobs.delete('a', LARGE.digest), { failure: 'BLOB_UNKNOWN' })
    await registry.blobs.stat('a', SMALL.digest)
  })
})

type Damage = (bytes: Buffer) => Uint8Array | undefined

function flipped(bytes: Buffer): Uint8Array {
  const other = Buffer.from(bytes)
  other[4_000]! ^= 4
  return other
}

async function changeRow({ rows }: TestRegistry, damage: Damage): Promise<void> {
  const [entry] = await rows.entries({ gt: 'content!', lt: 'content"' }, 1)
  const [key, value] = entry!
  await rows.write(new Map([[key, damage(Buffer.from(value))]]), true)
}

async function changeFile({ files }: TestRegistry, damage: Damage): Promise<void> {
  const [path, file] = [...files.names][0]!
  const bytes = damage(files.files.get(file)!)
  if (bytes) files.files.set(file, Buffer.from(bytes))
  else files.names.delete(path)
}
