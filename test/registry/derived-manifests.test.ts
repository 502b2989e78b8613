import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { DerivedManifest, IncomingManifest } from '../../src/registry/manifest-gate.ts'
import { type BuiltManifest, contentOf, image } from '../support/artifact.ts'
import { bodyOf } from '../support/in-process-access.ts'
import {
  openTestRegistry,
  type TestRegistry,
  type TestRegistryOptions,
} from '../support/test-registry.ts'

const CONFIG = contentOf('{}')
const ORIGINAL = image({ config: CONFIG })
const MADE = image({ config: CONFIG, subject: ORIGINAL })
const FOREIGN = image({ config: CONFIG, annotations: { foreign: 'yes' } })

/** A registry whose gate derives a manifest `<tag>-made` from every push by tag. */
async function open(
  meanwhile: (test: TestRegistry) => Promise<unknown>,
  options: TestRegistryOptions = {},
) {
  let admissions = 0
  const gate = {
    async admit({ repository, tags, manifest }: IncomingManifest) {
      if (manifest.subject || tags.includes('foreign')) return { warnings: [] }
      admissions++
      const derived = await Promise.all(
        tags.map(async (tag): Promise<DerivedManifest> => {
          const name = `${tag}-made`
          const current = await test.storage.index.manifests.get(repository, name)
          const condition = current ? { match: [current.digest] } : ({ noneMatch: '*' } as const)
          const { bytes, mediaType: contentType } = MADE
          return { bytes, contentType, tag: name, condition }
        }),
      )
      await meanwhile(test)
      return { warnings: ['made'], derived }
    },
  }
  const test: TestRegistry = await openTestRegistry({ gate, ...options })
  await test.registry.uploads.put('a', CONFIG.digest, bodyOf(CONFIG.bytes))
  return { test, admissions: () => admissions }
}

function push({ registry }: TestRegistry, { bytes, mediaType }: BuiltManifest, ...tags: string[]) {
  const [reference = '', ...more] = tags
  const standard = { repository: 'a', contentType: mediaType }
  return registry.manifests.put({ ...standard, bytes, reference, tags: more })
}

async function digestsOf({ storage }: TestRegistry, ...tags: readonly string[]) {
  const found = tags.map((tag) => storage.index.manifests.get('a', tag))
  return (await Promise.all(found)).map((record) => record?.digest)
}

const nothing = async () => undefined

describe('a manifest with derived manifests', () => {
  it('stores derived manifests with the pushed one, each under its tag', async () => {
    const { test } = await open(nothing)
    const { digest, warnings } = await push(test, ORIGINAL, 'v1', 'v2')
    assert.deepEqual([digest, warnings], [ORIGINAL.digest, ['made']])
    const expected = [ORIGINAL, ORIGINAL, MADE, MADE].map((manifest) => manifest.digest)
    assert.deepEqual(await digestsOf(test, 'v1', 'v2', 'v1-made', 'v2-made'), expected)
  })

  it('asks the gate again if another request moves the tag of a derived manifest', async () => {
    let pushed = false
    const { test, admissions } = await open(async (opened) => {
      if (pushed) return
      pushed = true
      const tags = ['foreign', 'v1-made']
      await push(opened, FOREIGN, ...tags)
    })
    await push(test, ORIGINAL, 'v1')
    assert.equal(admissions(), 2)
    assert.deepEqual(await digestsOf(test, 'v1', 'v1-made'), [ORIGINAL.digest, MADE.digest])
  })

  it('rejects the push while other requests keep moving the tag of a derived manifest', async () => {
    const { test } = await open(async (opened) => {
      const [current] = await digestsOf(opened, 'v1-made')
      if (current === FOREIGN.digest) await opened.registry.manifests.delete('a', 'v1-made')
      else await push(opened, FOREIGN, 'foreign', 'v1-made')
    })
    await assert.rejects(push(test, ORIGINAL, 'v1'), { failure: 'CONFLICT' })
    assert.deepEqual(await digestsOf(test, 'v1', ORIGINAL.digest), [undefined, undefined])
  })

  it('rejects the push if a derived manifest would move an immutable tag', async () => {
    const immutable = [{ repositories: ['**'], tags: ['*-made'] }]
    const { test } = await open(nothing, { tags: { immutable } })
    await push(test, FOREIGN, 'foreign', 'v1-made')
    await assert.rejects(push(test, ORIGINAL, 'v1'), { failure: 'TAG_IMMUTABLE' })
    assert.deepEqual(await digestsOf(test, 'v1', 'v1-made'), [undefined, FOREIGN.digest])
  })
})
