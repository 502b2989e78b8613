import assert from 'node:assert/strict'
import { contentOf, image } from '../../support/artifact.ts'
import { digestUnder, link, put, putImage, storedBlob } from '../../support/index-operations.ts'
import { SeededRandom } from '../../support/seeded-random.ts'
import type { IndexTest } from '../../support/open-index.ts'

const MANY = 40

/** Every operation of an index is atomic: its preconditions hold when it takes effect. */
export function concurrentIndexTests(test: IndexTest): void {
  test('stores exactly one of many concurrent puts under a new tag', async (index) => {
    const config = await link(index, 'a', '{}')
    const manifests = Array.from({ length: MANY }, (_, number) =>
      image({ config, annotations: { number: String(number) } }),
    )
    const condition = { noneMatch: '*' } as const
    const outcomes = await Promise.all(
      manifests.map((manifest) =>
        put(index, 'a', manifest, { tags: ['t'], condition, conditionOn: 't' }),
      ),
    )
    const winners = manifests.filter((_, number) => outcomes[number]?.outcome === 'stored')
    assert.equal(winners.length, 1)
    assert.equal(await digestUnder(index, 'a', 't'), winners[0]?.digest)
    assert.equal((await index.repositories.get('a'))?.manifests, 1)
  })

  test('stores exactly one of many concurrent moves of a tag from the same state', async (index) => {
    let current = (await putImage(index, 'a', 'start', ['t'])).digest
    for (let round = 0; round < 5; round++) {
      const config = await link(index, 'a', '{}')
      const condition = { match: [current] }
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_, number) => {
          const annotations = { round: String(round), number: String(number) }
          const more = { tags: ['t'], condition, conditionOn: 't' }
          return put(index, 'a', image({ config, annotations }), more)
        }),
      )
      assert.equal(outcomes.filter(({ outcome }) => outcome === 'stored').length, 1)
      current = (await digestUnder(index, 'a', 't'))!
    }
  })

  test('keeps one key of many concurrent pushes of a blob, and returns the unused ones', async (index) => {
    const blob = contentOf('the same bytes')
    const links = Array.from({ length: MANY }, (_, number) => ({
      repository: `r${number % 4}`,
      digest: blob.digest,
      saved: storedBlob(blob),
      time: number,
    }))
    const outcomes = await Promise.all(links.map((one) => index.blobs.link(one)))
    const keys = new Set(outcomes.map((outcome) => outcome.blob.key))
    assert.equal(keys.size, 1)
    const unused = outcomes.map(({ unusedKey }) => unusedKey).filter((key) => key !== undefined)
    assert.deepEqual(
      [...keys, ...unused].toSorted(),
      links.map(({ saved }) => saved.key).toSorted(),
    )
  })

  test('does not store a manifest whose blob is unlinked at the same time', async (index) => {
    for (let round = 0; round < 20; round++) {
      const config = await link(index, 'a', `config ${round}`)
      const operations = [
        () => put(index, 'a', image({ config })),
        () => index.blobs.unlink('a', config.digest, 2),
      ]
      if (round % 2) operations.reverse()
      const outcomes = await Promise.all(operations.map((operation) => operation()))
      const said = outcomes.map(({ outcome }) => outcome).toSorted()
      assert.ok(['referenced,stored', 'missing,unlinked'].includes(said.join()), said.join())
    }
  })

  test('leaves no tag on a manifest that is deleted at the same time', async (index) => {
    for (let round = 0; round < 20; round++) {
      const pushed = await putImage(index, 'a', `${round}`, ['first'])
      const tags = Array.from({ length: 5 }, (_, number) => `t${number}`)
      await Promise.all([
        ...tags.slice(0, 2).map((tag) => put(index, 'a', pushed, { tags: [tag] })),
        index.manifests.delete('a', pushed.digest, 2),
        ...tags.slice(2, 3).map((tag) => index.tags.delete('a', tag, 3)),
      ])
      for (const tag of ['first', ...tags]) {
        const digest = await digestUnder(index, 'a', tag)
        assert.ok(digest === undefined || (await index.manifests.get('a', digest)))
      }
    }
  })

  test('counts each of many concurrent operations', async (index) => {
    await Promise.all(
      Array.from({ length: MANY }, (_, number) =>
        putImage(index, 'a', `${number}`, [`t${number}`]),
      ),
    )
    const record = await index.repositories.get('a')
    assert.deepEqual([record?.manifests, record?.tags, record?.blobs], [MANY, MANY, MANY])
  })

  // The consistency of all rows is checked after every test.
  test('keeps all rows consistent under random concurrent operations', async (index) => {
    const random = new SeededRandom(8)
    const repositories = ['a', 'a/b', 'b']
    const texts = Array.from({ length: 6 }, (_, number) => `text ${number}`)
    const configOf = (text: string) => contentOf(`config of ${text}`)
    const imageOf = (text: string) => image({ config: configOf(text), annotations: { text } })
    const step = async (time: number): Promise<void> => {
      const [repository, text] = [random.pick(repositories), random.pick(texts)]
      const { digest } = configOf(text)
      const tag = `t${random.below(4)}`
      const known = await index.blobs.get(repository, digest)
      const choices = [
        () => link(index, repository, configOf(text), time),
        () => index.blobs.mount(repository, digest, random.pick(repositories), time),
        () => index.blobs.unlink(repository, digest, time),
        () => known && index.blobs.quarantine(digest, known.key, time),
        () => put(index, repository, imageOf(text), { tags: [tag], time }),
        () => put(index, repository, imageOf(text), { time, requireReferences: false }),
        () => index.manifests.delete(repository, imageOf(text).digest, time),
        () => index.tags.delete(repository, tag, time),
      ]
      await random.pick(choices)()
    }
    const workers = Array.from({ length: 5 }, async (_, worker) => {
      for (let count = 0; count < 80; count++) await step(count * 10 + worker)
    })
    await Promise.all(workers)
  })
}
