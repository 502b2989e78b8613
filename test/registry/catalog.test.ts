import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { CatalogPage } from '../../src/registry/catalog.ts'
import { catalogOf, viewOf } from '../support/counted-catalog.ts'

const everything = viewOf(() => true)

/** The page with names in place of records. */
function named({ entries, ...page }: CatalogPage) {
  return { entries: entries.map(({ name }) => name), ...page }
}

describe('the catalog', () => {
  it('lists all repositories that the caller may pull, whatever the page size', async () => {
    const { catalog, names } = catalogOf(90)
    const property = fc.asyncProperty(
      fc.integer({ min: 1, max: 100 }),
      fc.uniqueArray(fc.nat(89)),
      async (limit, visible) => {
        const seen = new Set(visible.map((number) => names[number]))
        const listed: string[] = []
        let after: string | undefined
        for (let more = true; more;) {
          const request = { limit, ...(after !== undefined && { after }) }
          const page = named(
            await catalog.list(
              request,
              viewOf((name) => seen.has(name)),
            ),
          )
          assert.ok(page.entries.length <= limit)
          listed.push(...page.entries)
          ;({ more, position: after } = page)
        }
        assert.deepEqual(
          listed,
          names.filter((name) => seen.has(name)),
        )
      },
    )
    await fc.assert(property, { numRuns: 150, seed: 2 })
  })

  it('reads only one page of names if the caller may pull all repositories', async () => {
    const { catalog, names, reads } = catalogOf(5_000)
    const page = named(await catalog.list({ limit: 100 }, everything))
    assert.deepEqual(page, { entries: names.slice(0, 100), more: true, position: names[99] })
    assert.deepEqual(reads, [100])
  })

  it('examines at most ten thousand names per page, and returns where to continue', async () => {
    const { catalog, names, reads } = catalogOf(25_000)
    const mayPull = viewOf((name) => name === names[24_000])
    let examined = 0
    const page = await catalog.list(
      { limit: 1 },
      viewOf((name) => {
        examined++
        return mayPull.couldPull(name)
      }),
    )
    assert.deepEqual(page, { entries: [], more: true, position: names[9_999] })
    assert.equal(examined, 10_000)
    assert.ok(reads.length < 50, `in ${reads.length} reads`)
    const second = await catalog.list({ limit: 1, after: page.position! }, mayPull)
    assert.deepEqual([second.entries, second.position], [[], names[19_999]])
    const third = named(await catalog.list({ limit: 1, after: second.position! }, mayPull))
    assert.deepEqual(third, { entries: [names[24_000]], more: true, position: names[24_000] })
    const last = await catalog.list({ limit: 1, after: third.position! }, mayPull)
    assert.deepEqual([last.entries, last.more], [[], false])
  })

  it('returns an empty page without repositories, or for a limit of 0', async () => {
    const none = { entries: [], more: false }
    assert.deepEqual(await catalogOf(0).catalog.list({ limit: 5 }, everything), none)
    const { catalog, reads } = catalogOf(5)
    assert.deepEqual(await catalog.list({ limit: 0 }, everything), none)
    assert.deepEqual(reads, [])
  })
})
