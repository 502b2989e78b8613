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

/**
 * A registry whose judge adds a companion `<tag>-made` to every push by tag, and asks how often it
 * was asked.
 */
async function open(
  meanwhile: (test: TestRegistry) => Promise<unknown>,
  options: TestRegistryOptions = {},
) {
  let asked = 0
  const judge = {
    async admit({ repository, tags, manifest }: IncomingManifest) {
      if (manifest.subject || tags.includes('foreign')) return { warnings: [] }
      asked++
      const companions = await Promise.all(
        tags.map(async (tag): Promise<DerivedManifest> => {
          const name = `${tag}-made`
          const current = await test.storage.index.manifests.get(repository, name)
          const condition = current ? { match: [current.digest] } : ({ noneMatch: '*' } as const)
          const { bytes, mediaType: contentType } = MADE
          return { bytes, contentType, tag: name, condition }
        }),
      )
      await meanwhile(test)
      return { warnings: ['made'], derived: companions }
    },
  }
  const test: TestRegistry = await openTestRegistry({ gate: judge, ...options })
  await test.registry.uploads.put('a', CONFIG.digest, bodyOf(CONFIG.bytes))
  return { test, asked: () => asked }
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

describe('a manifest that the judge gives companions', () => {
  it('is stored with them, each under its tag', async () => {
    const { test } = await open(nothing)
    const { digest, warnings } = await push(test, ORIGINAL, 'v1', 'v2')
    assert.deepEqual([digest, warnings], [ORIGINAL.digest, ['made']])
    const expected = [ORIGINAL, ORIGINAL, MADE, MADE].map((manifest) => manifest.digest)
    assert.deepEqual(await digestsOf(test, 'v1', 'v2', 'v1-made', 'v2-made'), expected)
  })

  it('is judged again if somebody moves the tag of a companion meanwhile', async () => {
    let pushed = false
    const { test, asked } = await open(async (opened) => {
      if (pushed) return
      pushed = true
      const tags = ['foreign', 'v1-made']
      await push(opened, FOREIGN, ...tags)
    })
    await push(test, ORIGINAL, 'v1')
    assert.equal(asked(), 2)
    assert.deepEqual(await digestsOf(test, 'v1', 'v1-made'), [ORIGINAL.digest, MADE.digest])
  })

  it('is not stored while others do nothing but move that tag', async () => {
    const { test } = await open(async (opened) => {
      const [current] = await digestsOf(opened, 'v1-made')
      if (current === FOREIGN.digest) await opened.registry.manifests.delete('a', 'v1-made')
      else await push(opened, FOREIGN, 'foreign', 'v1-made')
    })
    await assert.rejects(push(test, ORIGINAL, 'v1'), { failure: 'CONFLICT' })
    assert.deepEqual(await digestsOf(test, 'v1', ORIGINAL.digest), [undefined, undefined])
  })

  it('is not stored if a companion is refused', async () => {
    const immutable = [{ repositories: ['**'], tags: ['*-made'] }]
    const { test } = await open(nothing, { tags: { immutable } })
    await push(test, FOREIGN, 'foreign', 'v1-made')
    await assert.rejects(push(test, ORIGINAL, 'v1'), { failure: 'TAG_IMMUTABLE' })
    assert.deepEqual(await digestsOf(test, 'v1', 'v1-made'), [undefined, FOREIGN.digest])
  })
})
