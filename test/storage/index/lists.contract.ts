import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { AccessTokenRecord } from '../../../storage/index/access-tokens.ts'
import type { Index } from '../../../storage/index/index.ts'
import type { UploadRecord } from '../../../storage/index/uploads.ts'
import type { PageRequest } from '../../../storage/index/page.ts'
import { type BuiltManifest, contentOf, image } from '../../support/artifact.ts'
import { allPages, link, put, putImage } from '../../support/index-operations.ts'
import type { IndexTest } from '../../support/open-index.ts'

const SUBJECT = contentOf('subject')
const RUNS = { numRuns: 12, seed: 3 }
const TAG = fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,12}$/)
const NAME = fc.stringMatching(/^[a-z0-9]{1,4}([._-][a-z0-9]{1,3})?(\/[a-z0-9]{1,4})?$/)
const LIMIT = fc.integer({ min: 1, max: 7 })

/** Lists of every index are in byte order, and their pages together are the whole list. */
export function indexListTests(test: IndexTest): void {
  test('lists tags in byte order', async (index) => {
    const pushed = await putImage(index, 'a', 'text')
    await putImage(index, 'a-b', 'text', ['not-here'])
    await putImage(index, 'a/b', 'text', ['nor-here'])
    const known = new Set<string>()
    const property = fc.asyncProperty(
      fc.array(TAG, { maxLength: 20 }),
      LIMIT,
      async (tags, limit) => {
        await put(index, 'a', pushed, { tags, time: 5 })
        for (const tag of tags) known.add(tag)
        const listed = await allPages(
          (page) => index.tags.list('a', page),
          limit,
          ({ tag }) => tag,
        )
        assert.deepEqual(
          listed.map(({ tag }) => tag),
          [...known].toSorted(),
        )
        const { digest } = pushed
        assert.deepEqual(listed[0], listed[0] && { tag: listed[0].tag, digest, pushedAt: 5 })
      },
    )
    await fc.assert(property, RUNS)
  })

  test('lists repositories in byte order', async (index) => {
    const known = new Set<string>()
    const property = fc.asyncProperty(
      fc.array(NAME, { maxLength: 9 }),
      LIMIT,
      async (names, limit) => {
        for (const name of names) await link(index, name, '{}')
        for (const name of names) known.add(name)
        const list = (page: PageRequest) => index.repositories.list(page)
        const listed = await allPages(list, limit, ({ name }) => name)
        assert.deepEqual(
          listed.map(({ name }) => name),
          [...known].toSorted(),
        )
        for (const record of listed.slice(0, 3))
          assert.deepEqual(record, await index.repositories.get(record.name))
      },
    )
    await fc.assert(property, RUNS)
  })

  test('continues a list after a position that is not in it, or is no name at all', async (index) => {
    await putImage(index, 'a', 'text', ['b', 'd', 'f'])
    const after = async (place: string) => {
      const { entries } = await index.tags.list('a', { after: place, limit: 10 })
      return entries.map(({ tag }) => tag).join('')
    }
    assert.equal(await after(''), 'bdf')
    assert.equal(await after('a'), 'bdf')
    assert.equal(await after('b'), 'df')
    assert.equal(await after('bb'), 'df')
    assert.equal(await after('b!'), 'df')
    assert.equal(await after('f'), '')
    assert.equal(await after('zz'), '')
    assert.equal(await after('\u{10ffff}'), '')
    assert.equal(await after('"'), 'bdf')
    assert.deepEqual(await index.tags.list('unknown', { limit: 3 }), { entries: [], more: false })
  })

  test('reports whether more entries follow a page', async (index) => {
    await putImage(index, 'a', 'text', ['1', '2', '3'])
    const more = async (limit: number) => (await index.tags.list('a', { limit })).more
    assert.deepEqual([await more(2), await more(3), await more(4)], [true, false, false])
  })

  test('lists referrers of a subject, all or of one type, page by page', async (index) => {
    const config = await link(index, 'a', '{}')
    await link(index, 'b', '{}')
    const types = ['application/x', 'application/y', 'application/x+very/odd type!']
    const pushed: BuiltManifest[] = []
    for (let number = 0; number < 24; number++) {
      const annotations = { number: String(number) }
      const artifactType = types[number % 3]!
      const manifest = image({ config, subject: SUBJECT, artifactType, annotations })
      await put(index, 'a', manifest)
      pushed.push(manifest)
    }
    await put(index, 'a', image({ config, subject: contentOf('another') }))
    await put(index, 'b', image({ config, subject: SUBJECT }))
    const digests = (wanted?: string) =>
      pushed
        .filter(({ manifest }) => wanted === undefined || manifest.artifactType === wanted)
        .map(({ digest }) => digest)
        .toSorted()
    for (const type of [undefined, ...types, 'application/none']) {
      for (const limit of [1, 5, 24, 100]) {
        const list = (page: PageRequest) => index.referrers.list('a', SUBJECT.digest, type, page)
        const listed = await allPages(list, limit, ({ position }) => position)
        assert.deepEqual(listed.map(({ digest }) => digest).toSorted(), digests(type))
      }
    }
  })

  test('describes a referrer with the fields of its manifest', async (index) => {
    const config = await link(index, 'a', '{}')
    const [annotations, artifactType] = [{ a: 'ü', b: '' }, 'application/x']
    const { digest, mediaType, bytes } = await putReferrer(index, { annotations, artifactType })
    const plain = image({ config, subject: SUBJECT })
    await put(index, 'a', { ...plain, manifest: withoutType(plain) })
    const { entries } = await index.referrers.list('a', SUBJECT.digest, undefined, { limit: 5 })
    const found = entries.find((entry) => entry.digest === digest)
    const size = bytes.byteLength
    const position = found?.position
    assert.deepEqual(found, { position, digest, mediaType, size, artifactType, annotations })
    const other = entries.find((entry) => entry.digest === plain.digest)!
    assert.deepEqual([other.annotations, 'artifactType' in other], [{}, false])
  })

  test('stores upload sessions, by id', async (index) => {
    const records = ['c', 'a', 'd', 'b'].map((id): UploadRecord => {
      const state = { generation: id, offset: 3, head: 'AAEC' }
      return { id, repository: 'r', owner: 'me', state, startedAt: 1, touchedAt: 2 }
    })
    for (const record of records) await index.uploads.put(record)
    assert.deepEqual(await index.uploads.get('b'), records[3])
    assert.equal(await index.uploads.get('x'), undefined)
    const moved = { ...records[0]!, state: { generation: 'c', offset: 70_000 }, touchedAt: 9 }
    await index.uploads.put(moved)
    assert.deepEqual(await index.uploads.get('c'), moved)
    await index.uploads.delete('d')
    await index.uploads.delete('d')
    const listed = await allPages(
      (page) => index.uploads.list(page),
      2,
      ({ id }) => id,
    )
    assert.deepEqual(
      listed.map(({ id }) => id),
      ['a', 'b', 'c'],
    )
  })

  test('lists candidates, oldest first', async (index) => {
    for (const [name, time] of [
      ['late', 9_000_000_000_000],
      ['early', 5],
      ['later', 10],
    ] as const)
      await link(index, name, name, time)
    const list = (page: PageRequest) => index.candidates.list('link', page)
    const listed = await allPages(list, 1, ({ position }) => position)
    assert.deepEqual(
      listed.map(({ time, object }) => [time, object[0]]),
      [
        [5, 'early'],
        [10, 'later'],
        [9_000_000_000_000, 'late'],
      ],
    )
    assert.deepEqual(listed[0]?.kind, 'link')
  })

  test('stores access tokens with their last use', async (index) => {
    const token = (id: string): AccessTokenRecord => {
      const limits = { repositories: ['**'], actions: ['pull'] }
      return { id, hash: 'ab', owner: 'me', boundToAccount: true, createdAt: 1, ...limits }
    }
    for (const id of ['b', 'a', 'c']) await index.accessTokens.put(token(id))
    await index.accessTokens.touch('b', 44)
    await index.accessTokens.touch('unknown', 44)
    assert.deepEqual(await index.accessTokens.get('b'), { ...token('b'), lastUsedAt: 44 })
    assert.equal(await index.accessTokens.delete('c'), true)
    assert.equal(await index.accessTokens.delete('c'), false)
    assert.equal(await index.accessTokens.get('c'), undefined)
    const listed = await allPages(
      (page) => index.accessTokens.list(page),
      1,
      ({ id }) => id,
    )
    assert.deepEqual(
      listed.map(({ id }) => id),
      ['a', 'b'],
    )
  })

  test('reports that it accepts writes', async (index) => {
    assert.deepEqual(index.health, { writable: true })
  })
}

async function putReferrer(
  index: Index,
  more: { annotations: Record<string, string>; artifactType: string },
): Promise<BuiltManifest> {
  const manifest = image({ config: contentOf('{}'), subject: SUBJECT, ...more })
  assert.deepEqual(await put(index, 'a', manifest), { outcome: 'stored' })
  return manifest
}

function withoutType({ manifest }: BuiltManifest): BuiltManifest['manifest'] {
  const { artifactType: _, ...rest } = manifest
  return rest
}
