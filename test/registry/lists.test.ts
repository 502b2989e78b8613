import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { contentOf, image } from '../support/artifact.ts'
import { allPages } from '../support/index-operations.ts'
import { bodyOf } from '../support/in-process-access.ts'
import { openTestRegistry } from '../support/test-registry.ts'

const CONFIG = contentOf('{}')
const SUBJECT = contentOf('a subject need not be stored')

/** A registry with `count` referrers of the subject, each with `annotationBytes` of annotations. */
async function openWithReferrers(count: number, annotationBytes: number) {
  const { registry } = await openTestRegistry()
  await registry.uploads.put('a', CONFIG.digest, bodyOf(CONFIG.bytes))
  const digests: string[] = []
  for (let number = 0; number < count; number++) {
    const annotations = { text: `${number} `.padEnd(annotationBytes, 'x') }
    const artifactType = `application/${number % 2 ? 'odd' : 'even'}`
    const { bytes, mediaType } = image({
      config: CONFIG,
      subject: SUBJECT,
      annotations,
      artifactType,
    })
    const push = {
      repository: 'a',
      reference: `t${number}`,
      bytes,
      contentType: mediaType,
      tags: [],
    }
    digests.push((await registry.manifests.put(push)).digest)
  }
  return { registry, digests: digests.toSorted() }
}

describe('the list of referrers', () => {
  it('lists the same referrers whatever the page size', async () => {
    const { registry, digests } = await openWithReferrers(45, 10)
    for (const limit of [1, 19, 20, 21, 45, 1000]) {
      const listed = await allPages(
        (page) => registry.referrers.list('a', SUBJECT.digest, undefined, page),
        limit,
        ({ position }) => position,
      )
      assert.deepEqual(listed.map(({ digest }) => digest).toSorted(), digests)
    }
    const odd = await registry.referrers.list('a', SUBJECT.digest, 'application/odd', { limit: 99 })
    assert.equal(odd.entries.length, 22)
  })

  it('splits a list of referrers that is larger than a manifest into pages', async () => {
    const { registry, digests } = await openWithReferrers(9, 900_000)
    const listed: string[] = []
    let after: string | undefined
    for (let more = true; more;) {
      const request = { limit: 100, ...(after !== undefined && { after }) }
      const page = await registry.referrers.list('a', SUBJECT.digest, undefined, request)
      assert.ok(JSON.stringify(page.entries).length < 4 * 1024 * 1024)
      listed.push(...page.entries.map(({ digest }) => digest))
      more = page.more
      after = page.entries.at(-1)?.position
    }
    assert.deepEqual(listed.toSorted(), digests)
  })

  it('lists no referrers of an unknown subject, whatever its digest algorithm', async () => {
    const { registry } = await openWithReferrers(1, 10)
    const empty = { entries: [], more: false }
    const list = (repository: string, subject: string, limit = 5) =>
      registry.referrers.list(repository, subject, undefined, { limit })
    assert.deepEqual(await list('a', CONFIG.digest), empty)
    assert.deepEqual(await list('unknown', SUBJECT.digest), empty)
    assert.deepEqual(await list('a', 'md5:d41d8cd98f00b204e9800998ecf8427e'), empty)
    assert.deepEqual(await list('a', SUBJECT.digest, 0), empty)
    for (const subject of ['sha256:short', 'latest', ''])
      await assert.rejects(list('a', subject), { failure: 'DIGEST_INVALID' })
  })
})

describe('the list of tags', () => {
  it('lists the tags of a repository, even without tags, and fails for an unknown one', async () => {
    const { registry } = await openWithReferrers(3, 10)
    const { entries } = await registry.tags.list('a', { limit: 2 })
    assert.deepEqual(
      entries.map(({ tag }) => tag),
      ['t0', 't1'],
    )
    assert.deepEqual(await registry.tags.list('a', { limit: 0 }), { entries: [], more: false })
    await registry.uploads.put('blobs-only', CONFIG.digest, bodyOf(CONFIG.bytes))
    assert.deepEqual(await registry.tags.list('blobs-only', { limit: 2 }), {
      entries: [],
      more: false,
    })
    for (const limit of [0, 2])
      await assert.rejects(registry.tags.list('b', { limit }), { failure: 'NAME_UNKNOWN' })
  })
})
