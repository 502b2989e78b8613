import assert from 'node:assert/strict'
import { contentOf, image } from '../../support/artifact.ts'
import { candidatesOf, digestUnder, link, putImage, putOf } from '../../support/index-operations.ts'
import type { IndexTest } from '../../support/open-index.ts'

const NOT_HERE = contentOf('nobody pushed this')

/** Tests for {@link Manifests.put} of several manifests in every index. */
export function manifestsTogetherTests(test: IndexTest): void {
  test('stores several manifests with their tags in one operation', async (index) => {
    const config = await link(index, 'a', '{}')
    const original = image({ config })
    const layout = image({ config, subject: original })
    const puts = [
      putOf('a', original, { tags: ['v1', 'latest'], time: 5 }),
      putOf('a', layout, { tags: ['v1-x'], time: 5 }),
    ]
    assert.deepEqual(await index.manifests.put(...puts), { outcome: 'stored' })
    assert.equal(await digestUnder(index, 'a', 'v1'), original.digest)
    assert.equal(await digestUnder(index, 'a', 'latest'), original.digest)
    assert.equal(await digestUnder(index, 'a', 'v1-x'), layout.digest)
    const { entries } = await index.referrers.list('a', original.digest, undefined, { limit: 10 })
    assert.deepEqual(
      entries.map(({ digest }) => digest),
      [layout.digest],
    )
    const { manifests, tags, pushedAt } = (await index.repositories.get('a'))!
    assert.deepEqual({ manifests, tags, pushedAt }, { manifests: 2, tags: 3, pushedAt: 5 })
    assert.ok(!(await candidatesOf(index)).some((candidate) => candidate.startsWith('manifest')))
  })

  test('stores none of several manifests if one is refused, and returns the reason', async (index, rows) => {
    const config = await link(index, 'a', '{}')
    const other = await putImage(index, 'a', 'other', ['taken'])
    const good = putOf('a', image({ config }), { tags: ['v1'] })
    const next = image({ config, annotations: { next: 'one' } })
    const unless = { condition: { noneMatch: '*' }, conditionOn: 'taken' } as const
    const before = await rows()
    for (const [bad, refusal] of [
      [
        putOf('a', next, { tags: ['taken'], ...unless }),
        { outcome: 'precondition-failed', digest: next.digest },
      ],
      [
        putOf('a', next, { tags: ['taken'], immutableTags: ['taken'] }),
        { outcome: 'immutable-tag', tag: 'taken' },
      ],
      [putOf('a', image({ config: NOT_HERE })), { outcome: 'missing', digests: [NOT_HERE.digest] }],
    ] as const) {
      assert.deepEqual(await index.manifests.put(good, bad), refusal)
      assert.deepEqual(await index.manifests.put(bad, good), refusal)
      assert.deepEqual(await rows(), before, 'a refusal changes nothing')
    }
    assert.equal(await digestUnder(index, 'a', 'taken'), other.digest)
  })

  test('points a tag that two manifests of one put have at the later one', async (index) => {
    const config = await link(index, 'a', '{}')
    const first = image({ config })
    const second = image({ config, annotations: { second: 'one' } })
    const more = { tags: ['t'] }
    await index.manifests.put(putOf('a', first, more), putOf('a', second, more))
    assert.equal(await digestUnder(index, 'a', 't'), second.digest)
    assert.equal((await index.repositories.get('a'))?.tags, 1)
  })
}
