import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { PageRequest } from '../../../storage/index/page.ts'
import { allPages, link, put, putImage } from '../../support/index-operations.ts'
import type { IndexTest } from '../../support/open-index.ts'

const RUNS = { numRuns: 20, seed: 5 }
const PREFIX = fc.stringMatching(/^[ab]{0,3}$/)
const LIMIT = fc.integer({ min: 1, max: 4 })
const NAMES = ['a', 'aa', 'aab', 'ab', 'ab/a', 'ab-a', 'b', 'ba', 'baa', 'bb']

/** Tests for filtered lists of every index: the same as filtering the whole list. */
export function selectionTests(test: IndexTest): void {
  test('lists the repositories that begin with a prefix', async (index) => {
    for (const name of NAMES) await link(index, name, '{}')
    const property = fc.asyncProperty(PREFIX, LIMIT, async (prefix, limit) => {
      const list = (page: PageRequest) => index.repositories.list(page, prefix)
      const listed = await allPages(list, limit, ({ name }) => name)
      assert.deepEqual(
        listed.map(({ name }) => name),
        NAMES.filter((name) => name.startsWith(prefix)).toSorted(),
      )
    })
    await fc.assert(property, RUNS)
  })

  test('lists the tags that begin with a prefix', async (index) => {
    const tags = NAMES.map((name) => name.replace('/', '.'))
    await putImage(index, 'a', 'text', tags)
    await putImage(index, 'a/b', 'text', ['abc'])
    const property = fc.asyncProperty(PREFIX, LIMIT, async (prefix, limit) => {
      const list = (page: PageRequest) => index.tags.list('a', page, prefix)
      const listed = await allPages(list, limit, ({ tag }) => tag)
      assert.deepEqual(
        listed.map(({ tag }) => tag),
        tags.filter((tag) => tag.startsWith(prefix)).toSorted(),
      )
    })
    await fc.assert(property, RUNS)
  })

  test('accepts any text as a prefix, and any position', async (index) => {
    await putImage(index, 'a', 'text', ['b', 'd'])
    const names = async (prefix: string, after: string) => {
      const { entries } = await index.tags.list('a', { after, limit: 9 }, prefix)
      return entries.map(({ tag }) => tag).join('')
    }
    for (const prefix of ['!', '"', '\u{10ffff}', '\0', 'b!', 'c'])
      assert.equal(await names(prefix, ''), '', JSON.stringify(prefix))
    assert.equal(await names('b', ''), 'b')
    assert.equal(await names('b', 'b'), '')
    assert.equal(await names('b', 'a'), 'b')
    assert.equal(await names('b', 'z'), '')
  })

  test('lists tags by time of push, newest first', async (index) => {
    const first = await putImage(index, 'a', 'first', ['old', 'moved'], 5)
    await putImage(index, 'a', 'second', ['x', 'y', 'gone'], 7)
    await putImage(index, 'a/b', 'other', ['elsewhere'], 8)
    await put(index, 'a', first, { tags: ['moved'], time: 1_000 })
    await index.tags.delete('a', 'gone', 9)
    for (const limit of [1, 2, 3, 4, 5]) {
      const list = (page: PageRequest) => index.tags.listNewest('a', page)
      const listed = await allPages(list, limit, ({ position }) => position)
      assert.deepEqual(
        listed.map(({ tag, pushedAt }) => [tag, pushedAt]),
        [
          ['moved', 1_000],
          ['y', 7],
          ['x', 7],
          ['old', 5],
        ],
      )
      assert.equal(listed[0]?.digest, first.digest)
    }
    const none = await index.tags.listNewest('a', { after: '', limit: 3 })
    assert.deepEqual(none, { entries: [], more: false })
    const all = await index.tags.listNewest('a', { after: '\u{10ffff}', limit: 9 })
    assert.equal(all.entries.length, 4)
    assert.deepEqual(await index.tags.listNewest('none', { limit: 3 }), {
      entries: [],
      more: false,
    })
  })

  test('lists the tags of one manifest', async (index) => {
    const one = await putImage(index, 'a', 'one', ['1', '2', '3'])
    await putImage(index, 'a', 'two', ['3', '4'])
    await putImage(index, 'b', 'one', ['5'])
    const list = (page: PageRequest) => index.tags.listOf('a', one.digest, page)
    for (const limit of [1, 2, 3])
      assert.deepEqual(await allPages(list, limit, (tag) => tag), ['1', '2'])
  })
}
