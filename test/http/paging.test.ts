import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import fc from 'fast-check'
import { expect } from '../support/expected-answers.ts'
import { descriptor, digest, image, IMAGE } from '../support/manifest-texts.ts'
import { pushBlob, pushImage, putManifest } from '../support/pushes.ts'
import { type Answer, nextPage } from '../support/requests.ts'
import { startTestServer } from '../support/server.ts'

const server = await startTestServer()
after(() => server.stop())

/** Names that are hard for lists: prefixes of each other, and characters around the separators. */
const words = [
  'a',
  'a-b',
  'a.b',
  'a_b',
  'aa',
  'ab',
  'b',
  'b--c',
  'b0',
  'c',
  'c.d',
  'c__d',
  'd',
  'z',
  '0',
  '00',
]
const subject = descriptor('subject', IMAGE)
const referrers: string[] = []

for (const word of words) await pushBlob(server, `${word}/repo`, word)
await pushImage(server, 'words')
for (const word of words) {
  await putManifest(server, 'words', word, image())
  const text = image({ subject, annotations: { word }, artifactType: `a/${word[0]}` })
  await putManifest(server, 'words', digest(text), text)
  referrers.push(digest(text))
}

interface List {
  readonly path: string
  readonly entries: (answer: Answer) => string[]
  /** The whole list, in the order in which it has to come. */
  readonly all: readonly string[]
}

const lists: Readonly<Record<string, List>> = {
  tags: {
    path: '/v2/words/tags/list',
    entries: (answer) => answer.json<{ tags: string[] }>().tags,
    all: words.toSorted(),
  },
  catalog: {
    path: '/v2/_catalog',
    entries: (answer) => answer.json<{ repositories: string[] }>().repositories,
    all: [...words.map((word) => `${word}/repo`), 'words'].toSorted(),
  },
  referrers: {
    path: `/v2/words/referrers/${subject.digest}`,
    entries: (answer) =>
      answer.json<{ manifests: { digest: string }[] }>().manifests.map((each) => each.digest),
    all: await everyReferrer(),
  },
}

/** The order of referrers is the registry's own; it has to be the same with every page length. */
async function everyReferrer(): Promise<string[]> {
  const answer = expect(await server.get(`/v2/words/referrers/${subject.digest}`), 200)
  const { manifests } = answer.json<{ manifests: { digest: string }[] }>()
  const found = manifests.map((each) => each.digest)
  assert.deepEqual(found.toSorted(), referrers.toSorted())
  return found
}

describe('following the Links of', () => {
  for (const [name, { path, entries, all }] of Object.entries(lists))
    it(`following the Links of ${name} gives the whole list in its order, with whatever n`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: all.length + 3 }), async (n) => {
          const found: string[] = []
          let pages = 0
          for (let at: string | undefined = `${path}?n=${n}`; at !== undefined; pages++) {
            const answer = expect(await server.get(at), 200)
            const page = entries(answer)
            assert.ok(page.length <= n)
            assert.ok(
              page.length === n || nextPage(answer) === undefined,
              'a short page has no more',
            )
            found.push(...page)
            at = nextPage(answer)
          }
          assert.deepEqual(found, all)
          assert.equal(pages, Math.max(1, Math.ceil(all.length / n)))
        }),
        { numRuns: 12 },
      )
    })

  it('following the Links of a list leads on after any last, whether or not it is in the list', async () => {
    const names = ['tags', 'catalog'] as const
    const last = fc.oneof(fc.constantFrom(...words), fc.string({ unit: 'binary', maxLength: 5 }))
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), last, fc.nat(20), async (name, after_, n) => {
        const { path, entries, all } = lists[name]!
        const query = new URLSearchParams({ n: String(n), last: after_ })
        const answer = expect(await server.get(`${path}?${query.toString()}`), 200)
        const bytes = Buffer.from(after_)
        const rest = all.filter((entry) => Buffer.compare(Buffer.from(entry), bytes) > 0)
        assert.deepEqual(entries(answer), rest.slice(0, n))
        assert.equal(nextPage(answer) !== undefined, n > 0 && rest.length > n)
      }),
      { numRuns: 100 },
    )
  })

  it('following the Links of a list keeps the other parameters', async () => {
    const { path } = lists['tags']!
    const answer = expect(await server.get(`${path}?ns=example.com&n=1&x=%26%3E%0D%0A`), 200)
    const link = nextPage(answer)
    assert.equal(link, `${path}?ns=example.com&n=1&x=%26%3E%0D%0A&last=0`)
    assert.deepEqual(lists['tags']!.entries(await server.get(link)), [lists['tags']!.all[1]])
  })
})
