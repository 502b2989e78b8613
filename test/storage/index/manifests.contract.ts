import assert from 'node:assert/strict'
import type { Index } from '../../../storage/index/index.ts'
import type { Condition } from '../../../storage/index/condition.ts'
import { built, contentOf, describe, image, imageIndex } from '../../support/artifact.ts'
import { candidatesOf, digestUnder, link, put, putImage } from '../../support/index-operations.ts'
import type { IndexTest, OpenIndex } from '../../support/open-index.ts'

const STORED = { outcome: 'stored' }
const NOT_HERE = contentOf('nobody pushed this')

/** Tests for {@link Manifests} of every index. */
export function manifestIndexTests(test: IndexTest): void {
  test('returns a manifest under its digest and tags, in its repository alone', async (index) => {
    const config = await link(index, 'a', '{}')
    const subject = contentOf('subject')
    const pushed = image({ config, subject, artifactType: 'application/x' })
    assert.deepEqual(await put(index, 'a', pushed, { tags: ['v1', 'v2'], time: 7 }), STORED)
    const expected = {
      digest: pushed.digest,
      mediaType: pushed.mediaType,
      size: pushed.bytes.byteLength,
      pushedAt: 7,
      subject: subject.digest,
      artifactType: 'application/x',
    }
    for (const reference of [pushed.digest, 'v1', 'v2'])
      assert.deepEqual(await index.manifests.get('a', reference), expected)
    assert.deepEqual(await index.manifests.bytes('a', pushed.digest), pushed.bytes)
    for (const reference of [NOT_HERE.digest, 'v3'])
      assert.equal(await index.manifests.get('a', reference), undefined)
    assert.equal(await index.manifests.bytes('a', NOT_HERE.digest), undefined)
    for (const reference of [pushed.digest, 'v1'])
      assert.equal(await index.manifests.get('b', reference), undefined)
    assert.equal(await index.manifests.bytes('b', pushed.digest), undefined)
  })

  test('counts the content of a repository, and records its creation and last push', async (index) => {
    assert.equal(await index.repositories.get('a'), undefined)
    const config = await link(index, 'a', '{}', 1)
    const layer = await link(index, 'a', 'layer', 2)
    const counts = { name: 'a', createdAt: 1, pushedAt: 1, manifests: 0, tags: 0 }
    assert.deepEqual(await index.repositories.get('a'), { ...counts, blobs: 2, bytes: 7 })
    const first = image({ config })
    const second = image({ config, layers: [layer] })
    await put(index, 'a', first, { tags: ['x', 'y'], time: 3 })
    await put(index, 'a', second, { tags: ['y', 'z'], time: 4 })
    await put(index, 'a', first, { tags: ['x'], time: 5 })
    const size = 7 + first.bytes.byteLength + second.bytes.byteLength
    assert.deepEqual(await index.repositories.get('a'), {
      name: 'a',
      createdAt: 1,
      pushedAt: 5,
      manifests: 2,
      tags: 3,
      blobs: 2,
      bytes: size,
    })
  })

  test('moves a tag, and makes the manifest that it leaves a candidate', async (index) => {
    const [first, second] = [
      await putImage(index, 'a', '1', ['t'], 1),
      await putImage(index, 'a', '2'),
    ]
    assert.ok(!(await candidatesOf(index)).includes(`manifest a ${first.digest}`))
    await put(index, 'a', second, { tags: ['t'], time: 9 })
    assert.equal(await digestUnder(index, 'a', 't'), second.digest)
    assert.ok(await index.manifests.get('a', first.digest))
    assert.ok((await candidatesOf(index)).includes(`manifest a ${first.digest}`))
    const { entries } = await index.tags.list('a', { limit: 10 })
    assert.deepEqual(entries, [{ tag: 't', digest: second.digest, pushedAt: 9 }])
  })

  test('makes a manifest without tags a candidate', async (index) => {
    const [untagged, tagged] = [
      await putImage(index, 'a', '1'),
      await putImage(index, 'a', '2', ['t']),
    ]
    const candidates = await candidatesOf(index)
    assert.ok(candidates.includes(`manifest a ${untagged.digest}`))
    assert.ok(!candidates.includes(`manifest a ${tagged.digest}`))
  })

  test('keeps the media type of a manifest, unless it may be replaced, and then lists the referrer under its new type', async (index) => {
    const subject = contentOf('subject')
    const fields = {
      config: describe(await link(index, 'a', '{}'), 'application/x.config'),
      subject: describe(subject, 'application/x'),
    }
    const before = built('application/vnd.before+json', fields)
    const { mediaType, manifest } = built('application/vnd.example+json', fields)
    const again = {
      ...before,
      mediaType,
      manifest: { ...manifest, artifactType: 'application/new' },
    }
    await put(index, 'a', before)
    assert.deepEqual(await put(index, 'a', again, { tags: ['t'] }), {
      outcome: 'other-type',
      mediaType: before.mediaType,
    })
    assert.equal(await index.manifests.get('a', 't'), undefined)
    await put(index, 'a', again, { time: 2, replacesType: before.mediaType })
    assert.equal((await index.manifests.get('a', before.digest))?.mediaType, mediaType)
    assert.equal((await index.repositories.get('a'))?.manifests, 1)
    const { entries } = await index.referrers.list('a', subject.digest, undefined, { limit: 10 })
    assert.deepEqual(
      entries.map((entry) => entry.artifactType),
      ['application/new'],
    )
  })

  for (const kind of ['config', 'layer', 'child'] as const) {
    test(`refuses a manifest whose ${kind} is not in the repository, unless references are not required`, async (index, rows) => {
      const config = await link(index, 'a', '{}')
      await link(index, 'b', NOT_HERE)
      const manifest = {
        config: image({ config: NOT_HERE }),
        layer: image({ config, layers: [NOT_HERE, NOT_HERE] }),
        child: imageIndex([NOT_HERE]),
      }[kind]
      await unchanged(rows, async () => {
        const outcome = await put(index, 'a', manifest, { tags: ['t'] })
        assert.deepEqual(outcome, { outcome: 'missing', digests: [NOT_HERE.digest] })
      })
      assert.deepEqual(await put(index, 'a', manifest, { requireReferences: false }), STORED)
    })
  }

  test('names each missing reference once', async (index) => {
    const more = ['x', 'y', 'z'].map((text) => contentOf(text))
    const outcome = await put(index, 'a', image({ config: NOT_HERE, layers: [...more, ...more] }))
    const digests = [NOT_HERE, ...more].map(({ digest }) => digest)
    assert.deepEqual(outcome, { outcome: 'missing', digests })
  })

  test('does not require a subject, nor foreign layers', async (index) => {
    const config = describe(await link(index, 'a', '{}'), 'application/x')
    const foreign = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'
    const manifest = built('application/vnd.oci.image.manifest.v1+json', {
      config,
      layers: [describe(NOT_HERE, foreign)],
      subject: describe(NOT_HERE, 'application/x'),
    })
    assert.deepEqual(await put(index, 'a', manifest), STORED)
  })

  test('accepts a blob as the child of an index', async (index) => {
    const layer = await link(index, 'a', 'a layer of a build cache')
    assert.deepEqual(await put(index, 'a', imageIndex([layer])), STORED)
  })

  test('refuses a manifest that gives a wrong size of its content, even if references are not required', async (index, rows) => {
    const config = await link(index, 'a', '{}')
    const child = await putImage(index, 'a', 'child')
    const wrong = (content: typeof config) => ({ ...content, bytes: Buffer.alloc(99) })
    for (const [content, manifest] of [
      [config, image({ config: wrong(config) })],
      [child, imageIndex([wrong(child)])],
    ] as const) {
      for (const requireReferences of [true, false]) {
        await unchanged(rows, async () => {
          assert.deepEqual(await put(index, 'a', manifest, { tags: ['t'], requireReferences }), {
            outcome: 'wrong-size',
            digest: content.digest,
            expected: 99,
            actual: content.bytes.byteLength,
          })
        })
      }
    }
  })

  test('counts a quarantined blob as missing', async (index) => {
    const config = await link(index, 'a', '{}')
    const { key } = (await index.blobs.get('a', config.digest))!
    await index.blobs.quarantine(config.digest, key, 2)
    assert.equal((await put(index, 'a', image({ config }))).outcome, 'missing')
  })

  test('stores a manifest only if the precondition holds', async (index, rows) => {
    const [current, other] = [
      await putImage(index, 'a', 'current', ['t']),
      await putImage(index, 'a', 'o'),
    ]
    const cases: [condition: Condition, onTag: boolean, onNothing: boolean][] = [
      [{ match: '*' }, true, false],
      [{ match: [current.digest] }, true, false],
      [{ match: [other.digest, current.digest] }, true, false],
      [{ match: [other.digest] }, false, false],
      [{ match: [] }, false, false],
      [{ noneMatch: '*' }, false, true],
      [{ noneMatch: [current.digest] }, false, true],
      [{ noneMatch: [other.digest, current.digest] }, false, true],
      [{ noneMatch: [other.digest] }, true, true],
      [{ noneMatch: [] }, true, true],
      [{ match: [current.digest], noneMatch: [other.digest] }, true, false],
      [{ match: '*', noneMatch: '*' }, false, false],
    ]
    const conditionally = async (condition: Condition, conditionOn: string, text: string) => {
      const pushed = await putImageIf(index, text, condition, conditionOn)
      if (pushed) await put(index, 'a', current, { tags: ['t'] })
      await index.tags.delete('a', 'new', 3)
      return pushed
    }
    for (const [condition, onTag, onNothing] of cases) {
      const said = JSON.stringify(condition)
      assert.equal(await conditionally(condition, 't', said), onTag, `tag, ${said}`)
      assert.equal(await conditionally(condition, 'new', said), onNothing, `no tag, ${said}`)
      assert.equal(await conditionally(condition, current.digest, said), onTag, `digest, ${said}`)
      assert.equal(
        await conditionally(condition, NOT_HERE.digest, said),
        onNothing,
        `no digest, ${said}`,
      )
    }
    await unchanged(rows, async () => {
      const more = { tags: ['t'], condition: { match: [other.digest] }, conditionOn: 't' }
      const refusal = { outcome: 'precondition-failed', digest: other.digest }
      assert.deepEqual(await put(index, 'a', other, more), refusal)
    })
  })

  test('applies a precondition to the manifest itself if no other reference is given', async (index) => {
    const known = await putImage(index, 'a', 'known')
    const condition = { noneMatch: '*' } as const
    assert.equal((await put(index, 'a', known, { condition })).outcome, 'precondition-failed')
    const config = await link(index, 'a', '{}')
    assert.deepEqual(await put(index, 'a', image({ config }), { condition }), STORED)
  })

  test('does not move an immutable tag, but accepts the same manifest again', async (index, rows) => {
    const [first, second] = [
      await putImage(index, 'a', '1', ['v1']),
      await putImage(index, 'a', '2'),
    ]
    await unchanged(rows, async () => {
      const more = { tags: ['latest', 'v1'], immutableTags: ['v1'] }
      assert.deepEqual(await put(index, 'a', second, more), { outcome: 'immutable-tag', tag: 'v1' })
    })
    assert.deepEqual(await put(index, 'a', first, { tags: ['v1'], immutableTags: ['v1'] }), STORED)
    assert.deepEqual(await put(index, 'a', second, { tags: ['v2'], immutableTags: ['v2'] }), STORED)
  })
}

/** Whether a new image was stored under the tags `t` and `new`. */
async function putImageIf(
  index: Index,
  text: string,
  condition: Condition,
  conditionOn: string,
): Promise<boolean> {
  const config = await link(index, 'a', '{}')
  const manifest = image({ config, annotations: { text, conditionOn } })
  const more = { tags: ['t', 'new'], condition, conditionOn }
  return (await put(index, 'a', manifest, more)).outcome === 'stored'
}

async function unchanged(rows: OpenIndex['rows'], work: () => Promise<void>): Promise<void> {
  const before = await rows()
  await work()
  assert.deepEqual(await rows(), before, 'a refusal changes nothing')
}
