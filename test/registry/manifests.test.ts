import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { IncomingManifest } from '../../src/registry/manifest-gate.ts'
import type { ManifestPush, PushedManifest } from '../../src/registry/manifests.ts'
import type { Registry } from '../../src/registry/registry.ts'
import { RegistryError } from '../../src/oci/errors.ts'
import { type BuiltManifest, contentOf, image, imageIndex } from '../support/artifact.ts'
import { bodyOf } from '../support/in-process-access.ts'
import { openTestRegistry, type TestRegistryOptions } from '../support/test-registry.ts'

const CONFIG = contentOf('{}')
const IMAGE = image({ config: CONFIG })
const OTHER = image({ config: CONFIG, annotations: { other: 'one' } })

/** A registry whose repository `a` holds the config of the images. */
async function open(options: TestRegistryOptions = {}) {
  const test = await openTestRegistry(options)
  await test.registry.uploads.put('a', CONFIG.digest, bodyOf(CONFIG.bytes))
  return { ...test, manifests: test.registry.manifests }
}

function push(
  { manifests }: Pick<Registry, 'manifests'>,
  { bytes, mediaType }: BuiltManifest,
  reference: string,
  more: Partial<ManifestPush> = {},
): Promise<PushedManifest> {
  const standard = { repository: 'a', contentType: mediaType, tags: [] }
  return manifests.put({ ...standard, bytes, reference, ...more })
}

describe('pushing a manifest', () => {
  it('points all tags of a push to the manifest', async () => {
    const { registry, manifests } = await open()
    const pushed = await push(registry, IMAGE, 'v1', { tags: ['v2', 'v1', 'v2'] })
    assert.deepEqual(pushed, { digest: IMAGE.digest, warnings: [], derivedTags: [] })
    for (const reference of ['v1', 'v2', IMAGE.digest]) {
      const found = await manifests.stat('a', reference)
      assert.equal(found.digest, IMAGE.digest)
      assert.deepEqual(await manifests.bytes('a', found), IMAGE.bytes)
    }
    await push(registry, OTHER, OTHER.digest, { tags: ['v2'] })
    assert.equal((await manifests.stat('a', 'v2')).digest, OTHER.digest)
    assert.equal((await manifests.stat('a', 'v1')).digest, IMAGE.digest)
  })

  it('returns the subject of a pushed manifest', async () => {
    const { registry } = await open()
    const signature = image({ config: CONFIG, subject: IMAGE })
    assert.equal((await push(registry, signature, 'sig')).subject, IMAGE.digest)
  })

  it('stores a manifest under a sha512 digest', async () => {
    const { registry, manifests } = await open()
    const { digest } = contentOf(IMAGE.bytes, 'sha512')
    assert.equal((await push(registry, IMAGE, digest)).digest, digest)
    assert.deepEqual(await manifests.bytes('a', await manifests.stat('a', digest)), IMAGE.bytes)
    await assert.rejects(manifests.stat('a', IMAGE.digest), { failure: 'MANIFEST_UNKNOWN' })
  })

  it('rejects invalid references and tags, too many tags, and a wrong digest', async () => {
    const { registry, manifests } = await open()
    const cases: [reference: string, failure: string, tags?: string[]][] = [
      [OTHER.digest, 'DIGEST_INVALID'],
      ['sha256:short', 'DIGEST_INVALID'],
      ['md5:d41d8cd98f00b204e9800998ecf8427e', 'DIGEST_INVALID'],
      ['a:b', 'DIGEST_INVALID'],
      ['-tag', 'TAG_INVALID'],
      ['t'.repeat(129), 'TAG_INVALID'],
      ['', 'TAG_INVALID'],
      ['good', 'TAG_INVALID', ['.bad']],
      ['good', 'TOO_MANY_TAGS', Array.from({ length: 64 }, (_, number) => `t${number}`)],
    ]
    for (const [reference, failure, tags = []] of cases)
      await assert.rejects(push(registry, IMAGE, reference, { tags }), { failure }, reference)
    for (const reference of ['good', IMAGE.digest])
      await assert.rejects(manifests.stat('a', reference), { failure: 'MANIFEST_UNKNOWN' })
    const most = Array.from({ length: 63 }, (_, number) => `t${number}`)
    await push(registry, IMAGE, 'good', { tags: most })
    assert.equal((await registry.tags.list('a', { limit: 100 })).entries.length, 64)
  })

  it('rejects a manifest that cannot be parsed as its media type', async () => {
    const { registry } = await open()
    const bytes = Buffer.from('{')
    await assert.rejects(push(registry, { ...IMAGE, bytes }, 't'), { failure: 'MANIFEST_INVALID' })
    const html = { contentType: 'text/html' }
    await assert.rejects(push(registry, IMAGE, 't', html), { failure: 'MANIFEST_INVALID' })
  })

  it('lists the missing content of a manifest, up to a limit', async () => {
    const { registry } = await open()
    const layers = Array.from({ length: 30 }, (_, number) => contentOf(`layer ${number}`))
    await assert.rejects(push(registry, image({ config: CONFIG, layers }), 't'), {
      failure: 'MANIFEST_BLOB_UNKNOWN',
      message: new RegExp(`${layers[0]?.digest} and 29 more.*push it first`),
      detail: { missing: layers.slice(0, 20).map(({ digest }) => digest) },
    })
    await assert.rejects(push(registry, imageIndex([IMAGE]), 't'), {
      failure: 'MANIFEST_BLOB_UNKNOWN',
      detail: { missing: [IMAGE.digest] },
    })
    await assert.rejects(registry.manifests.stat('a', 't'), { failure: 'MANIFEST_UNKNOWN' })
  })

  it('accepts a manifest without its content if validation.references is sparse', async () => {
    const { registry } = await openTestRegistry({ validation: { references: 'sparse' } })
    await push(registry, imageIndex([IMAGE]), 'index')
    await push(registry, IMAGE, 'image')
    const wrong = image({ config: { ...CONFIG, bytes: Buffer.alloc(9) } })
    await push(registry, wrong, 'unseen')
    await registry.uploads.put('a', CONFIG.digest, bodyOf(CONFIG.bytes))
    await assert.rejects(push(registry, wrong, 't'), { failure: 'MANIFEST_INVALID' })
  })

  it('rejects a descriptor with a wrong size', async () => {
    const { registry } = await open()
    const wrong = image({ config: { ...CONFIG, bytes: Buffer.alloc(9) } })
    await assert.rejects(push(registry, wrong, 't'), {
      failure: 'MANIFEST_INVALID',
      detail: { digest: CONFIG.digest, expected: 9, actual: 2 },
    })
  })

  it('enforces If-Match and If-None-Match for a push', async () => {
    const { registry } = await open()
    const first = { condition: { noneMatch: '*' } } as const
    const failed = { failure: 'PRECONDITION_FAILED', status: 412 }
    await push(registry, IMAGE, 't', first)
    await assert.rejects(push(registry, OTHER, 't', first), failed)
    const from = (digest: string) => ({ condition: { match: [digest] } })
    await assert.rejects(push(registry, OTHER, 't', from(OTHER.digest)), failed)
    await push(registry, OTHER, 't', from(IMAGE.digest))
    assert.equal((await registry.manifests.stat('a', 't')).digest, OTHER.digest)
  })

  it('neither moves nor deletes immutable tags', async () => {
    const immutable = [{ repositories: ['a'], tags: ['v*'] }]
    const { registry, manifests } = await open({ tags: { immutable } })
    const refused = { failure: 'TAG_IMMUTABLE', status: 403 }
    await push(registry, IMAGE, 'v1', { tags: ['latest'] })
    await push(registry, IMAGE, 'v1')
    await assert.rejects(push(registry, OTHER, 'v1'), refused)
    await assert.rejects(push(registry, OTHER, 'latest', { tags: ['v1'] }), refused)
    assert.equal((await manifests.stat('a', 'latest')).digest, IMAGE.digest)
    await push(registry, OTHER, 'latest')
    await assert.rejects(manifests.delete('a', 'v1'), refused)
    await assert.rejects(manifests.delete('a', IMAGE.digest), refused)
    await assert.rejects(manifests.delete('a', 'v2'), { failure: 'MANIFEST_UNKNOWN' })
    await manifests.delete('a', 'latest')
    await manifests.delete('a', OTHER.digest)
  })

  it('returns the warnings of the gate, or rejects the manifest', async () => {
    const seen: IncomingManifest[] = []
    const gate = {
      async admit(incoming: IncomingManifest) {
        seen.push(incoming)
        if (incoming.tags.includes('bad')) throw new RegistryError('MANIFEST_INVALID', 'no')
        return { warnings: ['mind the gap'] }
      },
    }
    const { registry, manifests } = await open({ gate })
    assert.deepEqual((await push(registry, IMAGE, 'v1')).warnings, ['mind the gap'])
    await assert.rejects(push(registry, OTHER, 'bad', { tags: ['v1'] }), { message: 'no' })
    assert.equal((await manifests.stat('a', 'v1')).digest, IMAGE.digest)
    const [first, second] = seen
    assert.deepEqual([first?.repository, first?.digest, first?.tags], ['a', IMAGE.digest, ['v1']])
    assert.deepEqual(second?.tags, ['bad', 'v1'])
    assert.equal(first?.manifest.references[0]?.digest, CONFIG.digest)
  })
})

describe('reading a manifest', () => {
  it('distinguishes unknown manifests, unknown repositories and invalid digests', async () => {
    const { registry, manifests } = await open()
    await push(registry, IMAGE, 'v1')
    for (const [repository, reference, failure] of [
      ['a', 'v2', 'MANIFEST_UNKNOWN'],
      ['a', OTHER.digest, 'MANIFEST_UNKNOWN'],
      ['a', '.nothing', 'MANIFEST_UNKNOWN'],
      ['a', 'sha256:short', 'DIGEST_INVALID'],
      ['b', 'v1', 'NAME_UNKNOWN'],
      ['b', IMAGE.digest, 'NAME_UNKNOWN'],
    ] as const) {
      await assert.rejects(manifests.stat(repository, reference), { failure }, reference)
      await assert.rejects(manifests.delete(repository, reference), { failure }, reference)
    }
  })

  it('quarantines and logs a damaged manifest until it is pushed again', async () => {
    const test = await open()
    await push(test.registry, IMAGE, 'v1')
    const [entry] = await test.rows.entries({ gt: 'bytes!', lt: 'bytes"' }, 1)
    const bytes = Buffer.from(entry![1])
    bytes[10]! ^= 1
    await test.rows.write(new Map([[entry![0], bytes]]), true)
    const found = await test.manifests.stat('a', 'v1')
    const damaged = { failure: 'MANIFEST_UNKNOWN', message: /found damaged/ }
    await assert.rejects(test.manifests.bytes('a', found), damaged)
    assert.equal(test.manifests.cached(IMAGE.digest), undefined)
    assert.equal(test.log.lines.filter(({ level }) => level === 'error').length, 1)
    await push(test.registry, IMAGE, 'v1')
    assert.deepEqual(await test.manifests.bytes('a', found), IMAGE.bytes)
    assert.deepEqual(test.manifests.cached(IMAGE.digest), IMAGE.bytes)
  })

  it('does not serve a deleted manifest from the cache', async () => {
    const { registry, manifests } = await open()
    await push(registry, IMAGE, 'v1')
    const found = await manifests.stat('a', 'v1')
    await manifests.bytes('a', found)
    await manifests.delete('a', IMAGE.digest)
    for (const reference of ['v1', IMAGE.digest])
      await assert.rejects(manifests.stat('a', reference), { failure: 'MANIFEST_UNKNOWN' })
  })
})
