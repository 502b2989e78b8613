import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Registry } from '../../src/registry/registry.ts'
import { contentOf, image } from '../support/artifact.ts'
import { bodyOf, InProcessAccess } from '../support/in-process-access.ts'
import { openTestRegistry } from '../support/test-registry.ts'

const BLOB = contentOf(Buffer.alloc(50_000, 'b'))
const CONFIG = contentOf('{}')
const FULL = { failure: 'STORAGE_FULL', status: 507, headers: { 'Retry-After': '5' } }
const ENOSPC = 'IO error: 000003.log: No space left on device'

async function open() {
  const test = await openTestRegistry()
  await test.registry.uploads.put('a', CONFIG.digest, bodyOf(CONFIG.bytes))
  return { ...test, uploads: test.registry.uploads, access: new InProcessAccess(test.registry) }
}

describe('a registry whose index cannot be written', () => {
  for (const written of [false, true]) {
    const what = written ? 'after the write' : 'before the write'
    it(`keeps an upload session open when the link of its blob fails ${what}`, async () => {
      const { rows, uploads, access } = await open()
      const { id } = await uploads.start('a')
      await uploads.append('a', id, { body: bodyOf(BLOB.bytes.subarray(0, 10)) })
      rows.failNext(ENOSPC, written)
      const rest = () => ({ body: bodyOf(BLOB.bytes.subarray(10)) })
      await assert.rejects(uploads.finish('a', id, BLOB.digest, rest()), FULL)
      await recover(uploads)
      assert.equal((await access.readBlob('a', BLOB.digest)) !== undefined, written)
      assert.equal((await access.uploadOffset('a', id)) === undefined, written)
      if (!written) await uploads.finish('a', id, BLOB.digest, rest())
      assert.deepEqual(await access.readBlob('a', BLOB.digest), BLOB.bytes)
    })

    it(`recovers a consistent offset when saving an upload session fails ${what}`, async () => {
      const { rows, uploads, access, openFiles } = await open()
      const { id } = await uploads.start('a')
      rows.failNext(ENOSPC, written)
      await assert.rejects(
        uploads.append('a', id, { body: bodyOf(BLOB.bytes.subarray(0, 30_000)) }),
        FULL,
      )
      assert.equal(openFiles(), 0)
      await recover(uploads)
      const offset = (await access.uploadOffset('a', id))!
      assert.equal(offset, written ? 30_000 : 0)
      await uploads.finish('a', id, BLOB.digest, { body: bodyOf(BLOB.bytes.subarray(offset)) })
      assert.deepEqual(await access.readBlob('a', BLOB.digest), BLOB.bytes)
    })

    it(`shows a manifest with all its tags or not at all when its write fails ${what}`, async () => {
      const { rows, uploads, access } = await open()
      const manifest = image({ config: CONFIG })
      rows.failNext(ENOSPC, written)
      await assert.rejects(access.putManifest('a', manifest, ['x', 'y']), FULL)
      assert.equal(await access.readManifest('a', 'x'), undefined, 'before the recovery')
      await recover(uploads)
      for (const reference of ['x', 'y', manifest.digest]) {
        const found = await access.readManifest('a', reference)
        assert.deepEqual(found?.bytes, written ? manifest.bytes : undefined)
      }
    })
  }

  it('leaves no files of failed uploads, and still serves reads', async () => {
    const { rows, uploads, access, files } = await open()
    rows.recovers = false
    rows.failNext(ENOSPC)
    await assert.rejects(access.pushBlob('b', CONFIG), FULL)
    const { size } = files.names
    for (let attempt = 0; attempt < 5; attempt++)
      await assert.rejects(uploads.put('a', BLOB.digest, bodyOf(BLOB.bytes)), FULL)
    assert.equal(files.names.size, size)
    await assert.rejects(uploads.start('a'), FULL)
    await assert.rejects(access.deleteBlob('a', CONFIG.digest), FULL)
    assert.deepEqual(await access.readBlob('a', CONFIG.digest), CONFIG.bytes)
  })
})

/** Writes to the index, which makes it recover. */
async function recover(uploads: Registry['uploads']): Promise<void> {
  await uploads.start('elsewhere')
}
