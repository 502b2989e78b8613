import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FileBlobStore } from '../../../storage/files/file-blob-store.ts'
import { MemoryKeyValue } from '../../support/memory-key-value.ts'
import { UPLOADS } from '../../../storage/keys.ts'
import { assemble } from '../../../storage/storage.ts'
import { contentOf } from '../../support/artifact.ts'
import { type DiskOperation, FailingDisk } from '../../support/failing-disk.ts'
import { emptyDisk, MemoryDisk } from '../../support/memory-disk.ts'
import { KeptLog } from '../../support/kept-log.ts'
import { SeededRandom } from '../../support/seeded-random.ts'

const LARGE = contentOf(new SeededRandom(1).bytes(600_000))
const FULL = 'ENOSPC: no space left on device'

async function open() {
  const memory = new MemoryDisk(emptyDisk())
  const disk = new FailingDisk(memory)
  await assemble(new MemoryKeyValue(), disk, { durable: true, log: new KeptLog() })
  disk.asked.length = 0
  const blobs = new FileBlobStore(disk, { content: async () => undefined })
  const uploads = () => memory.list(UPLOADS)
  return { memory, disk, blobs, uploads }
}

describe('writing blobs to files when the disk fails', () => {
  for (const operation of ['create', 'write', 'sync', 'rename', 'syncDirectory'] as const) {
    it(`stores no blob when ${operation} fails, and leaves no file open`, async () => {
      const { memory, disk, blobs, uploads } = await open()
      disk.failNext(operation, FULL)
      const writer = blobs.start()
      const push = async () => {
        await writer.append(LARGE.bytes)
        await writer.commit(LARGE.digest)
      }
      await assert.rejects(push(), { status: 507 })
      await writer.abort()
      assert.deepEqual(await uploads(), [])
      assert.equal(memory.openFiles, 0)
    })
  }

  it('does not repeat a failed sync', async () => {
    const { disk, blobs } = await open()
    const writer = blobs.start()
    await writer.append(LARGE.bytes)
    disk.failNext('sync')
    await assert.rejects(writer.suspend(), { status: 503 })
    await assert.rejects(writer.suspend(), { status: 503 })
    await assert.rejects(writer.commit(LARGE.digest), { status: 503 })
    assert.equal(disk.times('sync'), 1)
    assert.equal(disk.times('rename'), 0)
  })

  it('fails a commit if a sync that ran beside the writing failed', async () => {
    const { disk, blobs } = await open()
    const writer = blobs.start()
    const piece = Buffer.alloc(1024 * 1024)
    disk.failNext('sync')
    for (let count = 0; count < 40; count++) await writer.append(piece)
    await assert.rejects(writer.commit(LARGE.digest), { status: 503 })
    await assert.rejects(writer.suspend(), { status: 503 })
    assert.equal(disk.times('sync'), 1)
  })

  it('writes nothing after a write that failed', async () => {
    const { disk, blobs } = await open()
    const writer = blobs.start()
    disk.failNext('write', FULL)
    const more = async () => {
      // More than two write buffers.
      for (let sent = 0; sent < 4 * 1024 * 1024; sent += LARGE.bytes.byteLength)
        await writer.append(LARGE.bytes)
    }
    await assert.rejects(more(), { status: 507 })
    await assert.rejects(writer.append(LARGE.bytes), { status: 507 })
    await assert.rejects(writer.commit(LARGE.digest), { status: 507 })
    assert.equal(disk.times('write'), 1)
    await writer.abort()
  })

  it('resumes from the bytes that were durable before the failure', async () => {
    const { disk, blobs } = await open()
    const first = blobs.start()
    await first.append(LARGE.bytes.subarray(0, 100_000))
    const state = await first.suspend()
    const second = (await blobs.resume(state))!
    await second.append(LARGE.bytes.subarray(100_000, 500_000))
    disk.failNext('sync')
    await assert.rejects(second.suspend())
    await second.abort()
    const third = (await blobs.resume(state))!
    await third.append(LARGE.bytes.subarray(100_000))
    const { key } = await third.commit(LARGE.digest)
    assert.equal(await blobs.stat(key), LARGE.bytes.byteLength)
  })

  it('syncs the file and its name before it returns the key', async () => {
    const { disk, blobs } = await open()
    const writer = blobs.start()
    await writer.append(LARGE.bytes)
    await writer.commit(LARGE.digest)
    const [create, write, rename, ...syncs] = disk.asked
    assert.deepEqual([create, write, rename], ['create', 'write', 'rename'])
    const both: DiskOperation[] = ['sync', 'syncDirectory']
    assert.deepEqual(syncs.toSorted(), both)
  })

  it('deletes the file when an upload is aborted while the file is being created', async () => {
    const { memory, disk, blobs, uploads } = await open()
    const release = disk.hold('create')
    const writer = blobs.start()
    await writer.append(LARGE.bytes)
    const aborted = writer.abort()
    release()
    await aborted
    assert.deepEqual(await uploads(), [])
    assert.equal(memory.openFiles, 0)
  })

  it('overwrites the file that an ended process left under the same name', async () => {
    const { blobs, uploads } = await open()
    const before = blobs.start()
    await before.append(LARGE.bytes.subarray(0, 10))
    const state = await before.suspend()
    // As after a process that ended before it saved the state.
    const killed = (await blobs.resume(state))!
    await killed.append(Buffer.alloc(400_000))
    await killed.suspend()
    assert.equal((await uploads()).length, 1)
    const writer = (await blobs.resume(state))!
    await writer.append(LARGE.bytes.subarray(10, 50_000))
    await writer.suspend()
    const again = (await blobs.resume(state))!
    await again.append(LARGE.bytes.subarray(10))
    const { key } = await again.commit(LARGE.digest)
    assert.equal(await blobs.stat(key), LARGE.bytes.byteLength)
    await blobs.discard(state)
    assert.deepEqual(await uploads(), [])
  })

  it('discards a file that the saved state does not mention', async () => {
    const { blobs, uploads } = await open()
    const state = await blobs.start().suspend()
    const killed = (await blobs.resume(state))!
    await killed.append(LARGE.bytes)
    await killed.suspend()
    await blobs.discard(state)
    assert.deepEqual(await uploads(), [])
  })

  it('closes a file that cannot be read', async () => {
    const { memory, disk, blobs } = await open()
    const writer = blobs.start()
    await writer.append(LARGE.bytes)
    const { key } = await writer.commit(LARGE.digest)
    for (const pieces of [0, 1]) {
      const reader = (await blobs.open(key))!
      const iterator = reader[Symbol.asyncIterator]()
      for (let piece = 0; piece < pieces; piece++) await iterator.next()
      disk.failNext('read')
      const rest = async () => {
        for (;;) if ((await iterator.next()).done) return
      }
      if (pieces === 0) await assert.rejects(rest(), { status: 503 })
      else await rest().catch(() => undefined)
      assert.equal(memory.openFiles, 0)
    }
  })
})
