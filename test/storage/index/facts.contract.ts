import assert from 'node:assert/strict'
import { contentOf } from '../../support/artifact.ts'
import { link, storedBlob } from '../../support/index-operations.ts'
import type { IndexTest } from '../../support/open-index.ts'

const BLOB = contentOf('some bytes')
const { digest: DIGEST } = BLOB
const [FIRST, SECOND] = [Buffer.from('first'), Buffer.from('second')]

/** Tests for {@link Facts} of every index. */
export function factIndexTests(test: IndexTest): void {
  const linkWith = { digest: DIGEST, time: 1 }

  test('stores the facts that come with a blob', async (index) => {
    const saved = storedBlob(BLOB)
    await index.blobs.link({ ...linkWith, repository: 'a', saved, facts: FIRST })
    assert.deepEqual(await index.facts.get(DIGEST), FIRST)
    await index.blobs.mount('b', DIGEST, 'a', 2)
    assert.deepEqual(await index.facts.get(DIGEST), FIRST)
  })

  test('keeps the first facts when a blob is pushed again', async (index) => {
    await link(index, 'a', BLOB)
    assert.equal(await index.facts.get(DIGEST), undefined)
    for (const facts of [FIRST, SECOND])
      await index.blobs.link({ ...linkWith, repository: 'b', saved: storedBlob(BLOB), facts })
    assert.deepEqual(await index.facts.get(DIGEST), FIRST)
  })

  test('replaces facts', async (index) => {
    await link(index, 'a', BLOB)
    for (const facts of [FIRST, SECOND]) {
      await index.facts.put(DIGEST, facts)
      assert.deepEqual(await index.facts.get(DIGEST), facts)
    }
  })

  test('stores no facts about an unknown blob', async (index) => {
    await index.facts.put(DIGEST, FIRST)
    assert.equal(await index.facts.get(DIGEST), undefined)
  })
}
