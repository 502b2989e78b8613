import assert from 'node:assert/strict'
import { contentOf, image } from '../../support/artifact.ts'
import { candidatesOf, link, put, putImage, storedBlob } from '../../support/index-operations.ts'
import type { IndexTest } from '../../support/open-index.ts'

const BLOB = contentOf('some bytes')
const { digest: DIGEST } = BLOB

/** Tests for {@link Blobs} of every index: links, mounts, quarantine. */
export function blobIndexTests(test: IndexTest): void {
  test('shows a blob only in the repository that links it', async (index) => {
    const saved = storedBlob(BLOB)
    const outcome = await index.blobs.link({ repository: 'a', digest: DIGEST, saved, time: 1 })
    const blob = { digest: DIGEST, key: saved.key, size: 10 }
    assert.deepEqual(outcome, { blob })
    assert.deepEqual(await index.blobs.get('a', DIGEST), blob)
    assert.equal(await index.blobs.get('b', DIGEST), undefined)
    assert.equal(await index.blobs.get('a', contentOf('other').digest), undefined)
    assert.deepEqual(await index.blobs.content(saved.key), BLOB.bytes)
    assert.equal(await index.blobs.content('small/unknown'), undefined)
  })

  test('keeps the bytes that a digest has, and returns the key of unneeded ones', async (index) => {
    const [first, second] = [storedBlob(BLOB), storedBlob(BLOB)]
    await index.blobs.link({ repository: 'a', digest: DIGEST, saved: first, time: 1 })
    const again = await index.blobs.link({
      repository: 'b',
      digest: DIGEST,
      saved: second,
      time: 2,
    })
    const blob = { digest: DIGEST, key: first.key, size: 10 }
    assert.deepEqual(again, { blob, unusedKey: second.key })
    assert.deepEqual(await index.blobs.get('b', DIGEST), blob)
    assert.equal(await index.blobs.content(second.key), undefined)
  })

  test('makes an unneeded file a candidate until it is removed', async (index) => {
    await link(index, 'a', BLOB)
    const saved = { key: 'sha256/00/file', size: 10 }
    await index.blobs.link({ repository: 'a', digest: DIGEST, saved, time: 2 })
    assert.ok((await candidatesOf(index)).includes(`key sha256/00/file ${DIGEST}`))
  })

  test('ends the upload session in the operation that links its blob', async (index) => {
    const state = { generation: '1', offset: 10 }
    const upload = { id: 'u', repository: 'a', owner: '', state, startedAt: 1, touchedAt: 1 }
    await index.uploads.put(upload)
    await index.uploads.put({ ...upload, id: 'other' })
    const saved = storedBlob(BLOB)
    await index.blobs.link({ repository: 'a', digest: DIGEST, saved, upload: 'u', time: 2 })
    assert.equal(await index.uploads.get('u'), undefined)
    assert.ok(await index.uploads.get('other'))
  })

  test('counts a blob once per repository, however often it is linked', async (index) => {
    for (let time = 1; time < 4; time++) await link(index, 'a', BLOB, time)
    const { blobs, bytes, createdAt } = (await index.repositories.get('a'))!
    assert.deepEqual({ blobs, bytes, createdAt }, { blobs: 1, bytes: 10, createdAt: 1 })
  })

  test('mounts a blob only from a repository that links it', async (index) => {
    assert.equal(await index.blobs.mount('b', DIGEST, 'a', 1), false)
    await link(index, 'a', BLOB)
    await link(index, 'c', 'something else')
    assert.equal(await index.blobs.mount('b', DIGEST, 'c', 2), false)
    assert.equal(await index.blobs.get('b', DIGEST), undefined)
    assert.equal(await index.blobs.mount('b', DIGEST, 'a', 3), true)
    assert.deepEqual(await index.blobs.get('b', DIGEST), await index.blobs.get('a', DIGEST))
    assert.equal((await index.repositories.get('b'))?.bytes, 10)
    const page = await index.blobs.repositories(DIGEST, { limit: 10 })
    assert.deepEqual(page, { entries: ['a', 'b'], more: false })
    assert.equal(await index.blobs.mount('a', DIGEST, 'a', 4), true)
  })

  test('unlinks a blob from one repository, unless a manifest there refers to it', async (index) => {
    const unknown = { outcome: 'unknown' }
    assert.deepEqual(await index.blobs.unlink('a', DIGEST, 1), unknown)
    await link(index, 'a', BLOB)
    await index.blobs.mount('b', DIGEST, 'a', 2)
    assert.deepEqual(await index.blobs.unlink('c', DIGEST, 3), unknown)
    const manifest = image({ config: BLOB })
    await put(index, 'a', manifest)
    const refused = { outcome: 'referenced', by: manifest.digest }
    assert.deepEqual(await index.blobs.unlink('a', DIGEST, 4), refused)
    assert.deepEqual(await index.blobs.unlink('b', DIGEST, 5), { outcome: 'unlinked' })
    assert.equal(await index.blobs.get('b', DIGEST), undefined)
    assert.ok(await index.blobs.get('a', DIGEST))
    await index.manifests.delete('a', manifest.digest, 6)
    assert.deepEqual(await index.blobs.unlink('a', DIGEST, 7), { outcome: 'unlinked' })
    assert.deepEqual(await index.blobs.unlink('a', DIGEST, 8), unknown)
    assert.ok((await candidatesOf(index)).includes(`blob ${DIGEST}`))
    assert.equal(await index.blobs.mount('b', DIGEST, 'a', 9), false)
  })

  test('reuses the bytes of an unlinked blob that is pushed again', async (index) => {
    await link(index, 'a', BLOB)
    const { key } = (await index.blobs.get('a', DIGEST))!
    await index.blobs.unlink('a', DIGEST, 2)
    await link(index, 'b', BLOB, 3)
    assert.equal((await index.blobs.get('b', DIGEST))?.key, key)
    assert.equal(await index.blobs.get('a', DIGEST), undefined)
  })

  test('hides a quarantined blob everywhere until it is pushed again', async (index) => {
    await link(index, 'a', BLOB)
    await index.blobs.mount('b', DIGEST, 'a', 1)
    const { key } = (await index.blobs.get('a', DIGEST))!
    await index.blobs.quarantine(DIGEST, key, 2)
    for (const repository of ['a', 'b'])
      assert.equal(await index.blobs.get(repository, DIGEST), undefined)
    assert.equal(await index.blobs.mount('c', DIGEST, 'a', 3), false)
    assert.ok((await candidatesOf(index)).includes(`key ${key} ${DIGEST}`))
    const saved = storedBlob(BLOB)
    const healed = await index.blobs.link({ repository: 'c', digest: DIGEST, saved, time: 4 })
    assert.deepEqual(healed, { blob: { digest: DIGEST, key: saved.key, size: 10 } })
    for (const repository of ['a', 'b', 'c'])
      assert.equal((await index.blobs.get(repository, DIGEST))?.key, saved.key)
    assert.deepEqual(await index.blobs.content(saved.key), BLOB.bytes)
  })

  test('quarantines only the key that was found damaged, not newer bytes', async (index) => {
    await link(index, 'a', BLOB)
    const { key: old } = (await index.blobs.get('a', DIGEST))!
    await index.blobs.quarantine(DIGEST, old, 2)
    await link(index, 'a', BLOB, 3)
    await index.blobs.quarantine(DIGEST, old, 4)
    assert.ok(await index.blobs.get('a', DIGEST))
    await index.blobs.quarantine(contentOf('never pushed').digest, old, 5)
  })

  test('unlinks a quarantined blob', async (index) => {
    await link(index, 'a', BLOB)
    await index.blobs.quarantine(DIGEST, (await index.blobs.get('a', DIGEST))!.key, 2)
    assert.deepEqual(await index.blobs.unlink('a', DIGEST, 3), { outcome: 'unlinked' })
    assert.equal(await index.repositories.get('a'), undefined)
  })

  test('makes each new link a candidate', async (index) => {
    await putImage(index, 'a', 'text', ['t'])
    const config = contentOf('config of text')
    await index.blobs.mount('b', config.digest, 'a', 2)
    const candidates = await candidatesOf(index)
    for (const repository of ['a', 'b'])
      assert.ok(candidates.includes(`link ${repository} ${config.digest}`))
  })
}
