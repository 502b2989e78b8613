import assert from 'node:assert/strict'
import { contentOf, image, imageIndex } from '../../support/artifact.ts'
import { candidatesOf, digestUnder, link, put, putImage } from '../../support/index-operations.ts'
import type { IndexTest } from '../../support/open-index.ts'

/** Tests for deletions of manifests and tags in every index. */
export function manifestDeletionTests(test: IndexTest): void {
  test('deletes a tag and keeps its manifest', async (index) => {
    const pushed = await putImage(index, 'a', 'text', ['x', 'y'])
    assert.equal(await index.tags.delete('a', 'x', 2), true)
    assert.equal(await index.tags.delete('a', 'x', 2), false)
    assert.equal(await index.tags.delete('b', 'y', 2), false)
    assert.equal(await digestUnder(index, 'a', 'x'), undefined)
    assert.equal(await digestUnder(index, 'a', 'y'), pushed.digest)
    assert.equal((await index.repositories.get('a'))?.tags, 1)
    assert.equal(await index.tags.delete('a', 'y', 3), true)
    assert.ok(await index.manifests.get('a', pushed.digest), 'the manifest stays')
    assert.ok((await candidatesOf(index)).includes(`manifest a ${pushed.digest}`))
  })

  test('deletes a manifest with all its tags, and no other', async (index) => {
    const tags = Array.from({ length: 700 }, (_, number) => `t${number}`)
    const [gone, stays] = [await putImage(index, 'a', '1', tags), await putImage(index, 'a', '2')]
    await put(index, 'a', stays, { tags: ['t5', 'other'] })
    await putImage(index, 'b', '1', ['t1'])
    assert.equal(await index.manifests.delete('a', gone.digest, 2), true)
    assert.equal(await index.manifests.delete('a', gone.digest, 2), false)
    assert.equal(await index.manifests.get('a', gone.digest), undefined)
    assert.equal(await index.manifests.bytes('a', gone.digest), undefined)
    const { entries } = await index.tags.list('a', { limit: 1000 })
    assert.deepEqual(
      entries.map(({ tag }) => tag),
      ['other', 't5'],
    )
    assert.equal(await digestUnder(index, 'b', 't1'), gone.digest)
    const { manifests, tags: counted } = (await index.repositories.get('a'))!
    assert.deepEqual({ manifests, counted }, { manifests: 1, counted: 2 })
  })

  test('does not delete a manifest under an immutable tag', async (index) => {
    const { digest } = await putImage(index, 'a', 'text', ['latest', 'v1'])
    const isImmutable = (tag: string) => tag.startsWith('v')
    assert.deepEqual(await index.manifests.delete('a', digest, 2, isImmutable), {
      immutableTag: 'v1',
    })
    assert.equal(await digestUnder(index, 'a', 'latest'), digest)
    await index.tags.delete('a', 'v1', 3)
    assert.equal(await index.manifests.delete('a', digest, 4, isImmutable), true)
  })

  test('does not delete the children of an index under an immutable tag', async (index) => {
    const child = await putImage(index, 'a', 'child')
    const parent = imageIndex([child])
    await put(index, 'a', parent)
    await put(index, 'a', imageIndex([parent]), { tags: ['v1'] })
    const isImmutable = (tag: string) => tag.startsWith('v')
    for (const { digest } of [child, parent])
      assert.deepEqual(await index.manifests.delete('a', digest, 2, isImmutable), {
        immutableTag: 'v1',
      })
    await index.tags.delete('a', 'v1', 3)
    assert.equal(await index.manifests.delete('a', child.digest, 4, isImmutable), true)
  })

  test('deletes a tag only if the condition holds', async (index) => {
    const { digest } = await putImage(index, 'a', 'text', ['t'])
    const other = (await putImage(index, 'a', 'other')).digest
    for (const condition of [
      { match: [other] },
      { noneMatch: '*' },
      { noneMatch: [digest] },
    ] as const)
      assert.equal(await index.tags.delete('a', 't', 2, condition), 'precondition-failed')
    assert.equal(await index.tags.delete('a', 'none', 2, { match: '*' }), false)
    assert.equal(await index.tags.delete('a', 't', 3, { match: [other, digest] }), true)
  })

  test('makes the content of a deleted manifest candidates', async (index) => {
    const [config, layer] = [await link(index, 'a', '{}'), await link(index, 'a', 'layer')]
    const child = image({ config, layers: [layer] })
    await put(index, 'a', child, { tags: ['child'] })
    const parent = imageIndex([child])
    await put(index, 'a', parent, { tags: ['parent'] })
    const before = await candidatesOf(index)
    assert.ok(!before.includes(`manifest a ${child.digest}`))
    await index.manifests.delete('a', parent.digest, 2)
    assert.ok((await candidatesOf(index)).includes(`manifest a ${child.digest}`))
    await index.manifests.delete('a', child.digest, 3)
    const { entries } = await index.candidates.list('link', { limit: 1000 })
    for (const { digest } of [config, layer]) {
      assert.ok(await index.blobs.get('a', digest))
      assert.ok(entries.some(({ time, object }) => time === 3 && object.includes(digest)))
    }
  })

  test('removes a deleted manifest from the referrers, and makes its own referrers candidates', async (index) => {
    const config = await link(index, 'a', '{}')
    const subject = image({ config })
    const referrer = image({ config, subject, artifactType: 'application/x' })
    const second = image({ config, subject: referrer, artifactType: 'application/x' })
    for (const manifest of [subject, referrer, second])
      await put(index, 'a', manifest, { tags: [manifest.digest.slice(7, 20)] })
    const candidate = (manifest: typeof subject) => `manifest a ${manifest.digest}`
    assert.ok(!(await candidatesOf(index)).includes(candidate(referrer)))
    await index.manifests.delete('a', subject.digest, 2)
    assert.ok((await candidatesOf(index)).includes(candidate(referrer)))
    const list = () => index.referrers.list('a', subject.digest, undefined, { limit: 10 })
    assert.equal((await list()).entries.length, 1, 'the subject need not be there')
    await index.manifests.delete('a', referrer.digest, 3)
    assert.deepEqual(await list(), { entries: [], more: false })
    assert.ok(await index.manifests.get('a', second.digest))
  })

  test('keeps an index whose child is deleted', async (index) => {
    const child = await putImage(index, 'a', 'child')
    const parent = imageIndex([child])
    await put(index, 'a', parent, { tags: ['t'] })
    assert.equal(await index.manifests.delete('a', child.digest, 2), true)
    assert.equal(await digestUnder(index, 'a', 't'), parent.digest)
    await put(index, 'a', child)
    assert.ok(await index.manifests.get('a', child.digest))
  })

  test('deletes a repository with its last content, and creates it anew', async (index) => {
    const pushed = await putImage(index, 'a', 'text', ['t'], 1)
    await index.manifests.delete('a', pushed.digest, 2)
    assert.ok(await index.repositories.get('a'), 'a blob is still there')
    const config = contentOf('config of text')
    assert.deepEqual(await index.blobs.unlink('a', config.digest, 3), { outcome: 'unlinked' })
    assert.equal(await index.repositories.get('a'), undefined)
    assert.deepEqual(await index.repositories.list({ limit: 5 }), { entries: [], more: false })
    await link(index, 'a', 'new', 8)
    assert.equal((await index.repositories.get('a'))?.createdAt, 8)
  })
}
