import assert from 'node:assert/strict'
import type { CandidateKind, CollectTerms, Decision } from '../../../storage/index/candidates.ts'
import type { Index } from '../../../storage/index/index.ts'
import { contentOf, image, imageIndex } from '../../support/artifact.ts'
import { candidatesOf, link, put, putImage } from '../../support/index-operations.ts'
import type { IndexTest } from '../../support/open-index.ts'

const BLOB = contentOf('some bytes')
const { digest: DIGEST } = BLOB
const NOW = 1_000

/** Collects all candidates of a kind. */
async function collect(
  index: Index,
  kind: CandidateKind,
  more: Partial<CollectTerms> = {},
): Promise<readonly Decision[]> {
  const { entries } = await index.candidates.list(kind, { limit: 100 })
  const outcome = await index.candidates.collect(entries, { cutoff: 500, time: NOW, ...more })
  assert.equal(outcome.pausedBy, undefined)
  return outcome.decisions
}

const outcomes = (decisions: readonly Decision[]) => decisions.map(({ outcome }) => outcome)

/** Tests for {@link Candidates} of every index. */
export function collectionTests(test: IndexTest): void {
  test('deletes an unreferenced link, and the blob with its last link', async (index) => {
    for (const repository of ['a', 'b']) await link(index, repository, BLOB)
    const blob = { digest: DIGEST, size: 10 }
    assert.deepEqual(await collect(index, 'link'), [
      { outcome: 'deleted', blob },
      { outcome: 'deleted' },
    ])
    assert.equal(await index.blobs.locate(DIGEST), undefined)
    assert.equal(await index.repositories.get('a'), undefined)
    assert.deepEqual(index.stored, { blobs: 0, bytes: 0 })
    assert.deepEqual(await candidatesOf(index), [])
  })

  test('keeps a referenced link, and makes it a candidate again when the manifest goes', async (index) => {
    const { digest } = await putImage(index, 'a', 'text')
    assert.deepEqual(outcomes(await collect(index, 'link')), ['kept'])
    assert.deepEqual(await collect(index, 'link'), [])
    await index.manifests.delete('a', digest, 600)
    assert.deepEqual(outcomes(await collect(index, 'link')), ['too-recent'], 'its age begins then')
    assert.deepEqual(outcomes(await collect(index, 'link', { cutoff: 600 })), ['deleted'])
  })

  test('keeps a link that was pushed again or used since the cutoff', async (index) => {
    await link(index, 'a', BLOB, 1)
    await link(index, 'a', BLOB, 501)
    assert.deepEqual(outcomes(await collect(index, 'link')), ['too-recent'])
    const found = await index.blobs.touch('a', DIGEST, 700)
    assert.equal(found, true)
    assert.equal(await index.blobs.usedAt('a', DIGEST), 700)
    assert.deepEqual(outcomes(await collect(index, 'link', { cutoff: 600 })), ['too-recent'])
    const [moved] = (await index.candidates.list('link', { limit: 9 })).entries
    assert.equal(moved?.time, 700, 'it is not looked at before that')
    assert.deepEqual(outcomes(await collect(index, 'link', { cutoff: 700 })), ['deleted'])
    assert.equal(await index.blobs.touch('a', DIGEST, 800), false)
  })

  test('does not record uses of a referenced blob', async (index) => {
    await putImage(index, 'a', 'text')
    const { digest } = contentOf('config of text')
    assert.equal(await index.blobs.touch('a', digest, 700), true)
    assert.equal(await index.blobs.usedAt('a', digest), 1)
  })

  test('treats a time in the future as now', async (index) => {
    await link(index, 'a', BLOB, 9_000)
    const untagged = await putImage(index, 'b', 'text', [], 9_000)
    assert.deepEqual(outcomes(await collect(index, 'link')), ['too-recent', 'kept'])
    assert.deepEqual(outcomes(await collect(index, 'manifest')), ['too-recent'])
    for (const kind of ['link', 'manifest'] as const)
      assert.equal((await index.candidates.list(kind, { limit: 1 })).entries[0]?.time, NOW)
    assert.equal(await index.blobs.usedAt('a', DIGEST), NOW)
    const later = { cutoff: NOW, time: 2_000 }
    assert.deepEqual(outcomes(await collect(index, 'link', later)), ['deleted'])
    assert.deepEqual(outcomes(await collect(index, 'manifest', later)), ['deleted'])
    assert.equal(await index.manifests.get('b', untagged.digest), undefined)
  })

  test('deletes an unlinked blob, and returns the key of its bytes', async (index) => {
    const saved = { key: 'sha256/aa/key.1', size: 10 }
    await index.blobs.link({ repository: 'a', digest: DIGEST, saved, time: 1 })
    await index.facts.put(DIGEST, Buffer.from('{}'))
    await index.blobs.unlink('a', DIGEST, 2)
    const [decision] = await collect(index, 'blob')
    assert.equal(decision?.outcome, 'deleted')
    assert.equal(decision.bytesToDelete?.key, saved.key)
    assert.equal(await index.facts.get(DIGEST), undefined)
    const key = `key ${saved.key} ${DIGEST}`
    assert.deepEqual(await candidatesOf(index), [`link a ${DIGEST}`, key].toSorted())
    await index.candidates.deleteKeyCandidates([decision.bytesToDelete.position])
    assert.deepEqual(await candidatesOf(index), [`link a ${DIGEST}`])
  })

  test('keeps a blob that was linked again', async (index) => {
    await link(index, 'a', BLOB)
    await index.blobs.unlink('a', DIGEST, 2)
    await link(index, 'b', BLOB, 3)
    assert.deepEqual(await collect(index, 'blob'), [{ outcome: 'kept' }])
    assert.equal((await index.blobs.get('b', DIGEST))?.size, 10)
  })

  test('deletes keys that no good blob has', async (index) => {
    await link(index, 'a', BLOB)
    const { key } = (await index.blobs.locate(DIGEST))!
    const orphans = [
      { key, digest: DIGEST },
      { key: 'sha256/aa/stray.1', digest: DIGEST },
    ]
    assert.deepEqual(await index.candidates.addOrphans(orphans, 2), [orphans[1]])
    await index.blobs.quarantine(DIGEST, key, 3)
    const [stray, bad] = await collect(index, 'key')
    assert.equal(stray?.outcome === 'deleted' && stray.bytesToDelete?.key, 'sha256/aa/stray.1')
    assert.deepEqual(bad, { outcome: 'deleted' })
    assert.equal(await index.blobs.content(key), undefined, 'the index deletes small bytes itself')
    assert.deepEqual(outcomes(await collect(index, 'key', { cutoff: 1 })), ['too-recent'])
    const saved = { key: 'sha256/aa/stray.1', size: 10 }
    await index.blobs.link({ repository: 'a', digest: DIGEST, saved, time: 4 })
    assert.deepEqual(outcomes(await collect(index, 'key')), ['kept'], 'the key is in use now')
  })

  test('deletes untagged manifests that are unreferenced and without subject', async (index) => {
    const child = await putImage(index, 'a', 'child', [])
    const tagged = await putImage(index, 'a', 'tagged', ['t'])
    const parent = imageIndex([child])
    const [config] = [await link(index, 'a', '{}')]
    const referrer = image({ config, subject: tagged, artifactType: 'application/x' })
    for (const manifest of [parent, referrer]) await put(index, 'a', manifest)
    assert.deepEqual(outcomes(await collect(index, 'manifest')).toSorted(), [
      'deleted',
      'kept',
      'kept',
    ])
    assert.equal(await index.manifests.get('a', parent.digest), undefined)
    assert.equal((await index.manifests.get('a', child.digest))?.digest, child.digest)
    await index.tags.delete('a', 't', 10)
    const terms = { cutoff: NOW }
    assert.deepEqual(outcomes(await collect(index, 'manifest', terms)), ['deleted', 'deleted'])
    assert.deepEqual(outcomes(await collect(index, 'manifest', terms)), ['deleted'])
    assert.equal(await index.manifests.get('a', referrer.digest), undefined)
    assert.equal((await index.repositories.get('a'))?.manifests, 0)
  })

  test('counts the age of a manifest from the last time it became unreferenced', async (index) => {
    const { digest } = await putImage(index, 'a', 'text', [], 1)
    await put(index, 'a', await putImage(index, 'a', 'text', ['t'], 2))
    await index.tags.delete('a', 't', 600)
    assert.deepEqual(outcomes(await collect(index, 'manifest')), ['too-recent'])
    await index.manifests.touch('a', digest, 700)
    assert.deepEqual(outcomes(await collect(index, 'manifest', { cutoff: 600 })), ['too-recent'])
    assert.deepEqual(outcomes(await collect(index, 'manifest', { cutoff: 700 })), ['deleted'])
  })

  test('changes nothing in a dry run', async (index, rows) => {
    for (const repository of ['a', 'b']) await link(index, repository, BLOB)
    const before = await rows()
    assert.deepEqual(outcomes(await collect(index, 'link', { dryRun: true })), [
      'deleted',
      'deleted',
    ])
    assert.deepEqual(await rows(), before)
  })

  test('decides nothing while a lease pauses collection', async (index) => {
    await link(index, 'a', BLOB)
    const { entries } = await index.candidates.list('link', { limit: 1 })
    const terms = { cutoff: 500, time: NOW }
    const lease = { kind: 'removals', holder: 'backup' } as const
    await index.leases.take({ ...lease, id: '1', renewedAt: 9_000, expiresAt: 9_500 })
    await index.leases.take({ ...lease, id: '2', renewedAt: 1, expiresAt: 2 })
    assert.deepEqual(await index.candidates.collect(entries, terms), { pausedBy: 'backup' })
    assert.equal((await index.blobs.get('a', DIGEST))?.size, 10)
    assert.equal(await index.leases.release('removals', '2'), false, 'it has expired')
    const [other] = await index.leases.list('removals')
    assert.equal(other?.expiresAt, NOW + 500, 'a lease from the future gets its length from now')
    const later = { ...terms, time: NOW + 500 }
    assert.deepEqual(outcomes((await collectLinks(index, later)).decisions), ['deleted'])
    assert.equal(await index.leases.release('removals', '1'), false)
  })

  test('quarantines only a manifest whose bytes are damaged', async (index) => {
    const pushed = await putImage(index, 'a', 'text', ['t'])
    assert.equal(await index.manifests.quarantine('a', pushed.digest), false, 'it is good')
    assert.equal(await index.manifests.quarantine('a', DIGEST), false, 'it is not there')
    const { entries } = await index.manifests.listAll({ limit: 9 })
    assert.deepEqual(
      entries.map(({ repository, digest, state }) => [repository, digest, state]),
      [['a', pushed.digest, 'good']],
    )
  })
}

async function collectLinks(index: Index, terms: CollectTerms) {
  const { entries } = await index.candidates.list('link', { limit: 9 })
  const outcome = await index.candidates.collect(entries, terms)
  assert.equal(outcome.pausedBy, undefined)
  return outcome
}
