import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { built, contentOf } from '../../support/artifact.ts'
import { coreModule } from '../build/core-module.ts'
import {
  CONFIG,
  described,
  FILTER,
  FilterRegistry,
  MODULE,
  OCI,
  singleLayer,
} from '../layouts/filter-registry.ts'
import { whole } from '../layouts/made.ts'

async function open(
  test: TestContext,
  options?: Parameters<typeof FilterRegistry.open>[0],
): Promise<FilterRegistry> {
  const filters = await FilterRegistry.open(options)
  test.after(() => filters.close())
  await filters.push(singleLayer(), 'v1')
  return filters
}

describe('a layout that is asked for', () => {
  it('is stored beside the original, under its tag and the name of the layout', async (test) => {
    const filters = await open(test)
    const made = await filters.make()
    const original = singleLayer().digest
    assert.deepEqual(made, {
      name: 'envoy',
      digest: await filters.digestOf('v1-envoy'),
      tag: 'v1-envoy',
      original,
      isNew: true,
      warnings: [],
    })
    assert.equal(await filters.digestOf('v1'), original)
    const { layers, subject } = await filters.manifest('v1-envoy')
    assert.deepEqual(
      (layers as { digest: string }[]).map(({ digest }) => digest),
      [CONFIG.digest, FILTER.digest],
    )
    assert.deepEqual(subject, described(singleLayer(), OCI))
    const { entries } = await filters.test.registry.referrers.list('a', original, undefined, {
      limit: 10,
    })
    assert.deepEqual(
      entries.map(({ digest }) => digest),
      [made.digest],
    )
  })

  it('packs the very bytes, in files that are closed', async (test) => {
    const filters = await open(test)
    const { tag } = await filters.make({ name: 'compat' })
    assert.equal(tag, 'v1-compat')
    const { layers } = await filters.manifest('v1-compat')
    const [layer] = layers as { digest: string }[]
    const blob = await filters.test.registry.content('a').blob(layer!.digest)
    const tar = gunzipSync(await whole((await blob!.open())!))
    assert.ok(tar.subarray(512, 512 + FILTER.bytes.length).equals(FILTER.bytes))
    assert.equal(filters.test.openFiles(), 0)
    assert.deepEqual(await filters.test.uploads(), [])
  })

  for (const name of ['envoy', 'compat'] as const) {
    it(`${name} is the same when it is asked for again, and writes nothing`, async (test) => {
      const filters = await open(test)
      const first = await filters.make({ name })
      const rows = await filters.test.rows.entries({ gt: '', lt: '~' }, 10_000)
      const again = await filters.make({ name })
      assert.deepEqual(again, { ...first, isNew: false })
      assert.deepEqual(await filters.test.rows.entries({ gt: '', lt: '~' }, 10_000), rows)
    })
  }

  it('has no tag if the original is named by digest, or the one that is said', async (test) => {
    const filters = await open(test)
    const reference = singleLayer().digest
    const made = await filters.make({ reference })
    assert.deepEqual([made.tag, made.isNew], [undefined, true])
    assert.equal(await filters.digestOf('v1-envoy'), undefined)
    assert.equal((await filters.make({ reference })).isNew, false)
    assert.equal((await filters.make({ reference, tag: 'prod' })).isNew, true)
    assert.equal(await filters.digestOf('prod'), made.digest)
  })

  it('is made of bytes without a type, with a config of its own', async (test) => {
    const filters = await open(test)
    const layers = [described(FILTER, 'application/vnd.oci.image.layer.v1.tar')]
    const config = described(CONFIG, 'application/vnd.oci.empty.v1+json')
    await filters.push(built(OCI, { config, layers }), 'untyped')
    await filters.make({ reference: 'untyped' })
    const { config: made } = await filters.manifest('untyped-envoy')
    const empty = contentOf('{}')
    assert.equal((made as { digest: string }).digest, empty.digest)
    assert.equal((await filters.test.registry.content('a').blob(empty.digest))?.size, 2)
  })

  it('outlives its original', async (test) => {
    const filters = await open(test)
    const { digest } = await filters.make()
    await filters.test.registry.manifests.delete('a', singleLayer().digest)
    assert.equal(await filters.digestOf('v1-envoy'), digest)
  })

  it('is told apart if nobody will run it', async (test) => {
    const filters = await open(test)
    const command = contentOf(coreModule({ functions: { _start: '()->()' } }))
    await filters.blob(command)
    await filters.push(singleLayer(command), 'command')
    for (const name of ['envoy', 'compat'] as const) {
      const { warnings } = await filters.make({ reference: 'command', name })
      assert.match(warnings[0] ?? '', /fail to run it: Missing or unknown Proxy-Wasm ABI version/)
    }
  })
})

describe('the tag of a layout', () => {
  it('moves from one layout to another', async (test) => {
    const filters = await open(test)
    const before = await filters.make()
    await filters.push(singleLayer(FILTER, { next: 'one' }), 'v1')
    const after = await filters.make()
    assert.notEqual(after.digest, before.digest)
    assert.equal(await filters.digestOf('v1-envoy'), after.digest)
  })

  it('is not taken from anything else, unless that is said', async (test) => {
    const filters = await open(test)
    const other = singleLayer(FILTER, { other: 'one' })
    await filters.push(other, 'v1-envoy')
    const refusal = { failure: 'TAG_TAKEN', status: 409, message: /&replace=true/ }
    await assert.rejects(filters.make(), refusal)
    assert.equal(await filters.digestOf('v1-envoy'), other.digest)
    const { digest } = await filters.make({ replace: true })
    assert.equal(await filters.digestOf('v1-envoy'), digest)
  })

  it('is not moved if it is immutable', async (test) => {
    const immutable = [{ repositories: ['**'], tags: ['*-envoy'] }]
    const filters = await open(test, { tags: { immutable } })
    const before = await filters.make()
    assert.equal((await filters.make()).isNew, false)
    await filters.push(singleLayer(FILTER, { next: 'one' }), 'v1')
    await assert.rejects(filters.make({ replace: true }), { failure: 'TAG_IMMUTABLE' })
    assert.equal(await filters.digestOf('v1-envoy'), before.digest)
  })

  it('must be one', async (test) => {
    const filters = await open(test)
    await assert.rejects(filters.make({ tag: '.no' }), { failure: 'TAG_INVALID' })
    const long = 'v'.repeat(125)
    await filters.push(singleLayer(), long)
    const refusal = { failure: 'TAG_INVALID', message: /too long for a tag: choose another/ }
    await assert.rejects(filters.make({ reference: long }), refusal)
    assert.equal((await filters.make({ reference: long, tag: 'v' })).tag, 'v')
  })

  it('is looked at again if somebody moves it meanwhile', async (test) => {
    let meanwhile: (() => Promise<unknown>) | undefined
    const judge = {
      async admit({ manifest }: { manifest: { subject?: unknown } }) {
        const work = manifest.subject ? meanwhile : undefined
        meanwhile = undefined
        await work?.()
        return { warnings: [] }
      },
    }
    const filters = await open(test, { gate: judge })
    meanwhile = () => filters.push(singleLayer(FILTER, { other: 'one' }), 'v1-envoy')
    await assert.rejects(filters.make(), { failure: 'TAG_TAKEN' })
  })
})

describe('no layout is made', () => {
  it('of what does not fit, which is said', async (test) => {
    const filters = await open(test)
    const html = contentOf('<!doctype html><html>')
    await filters.blob(html)
    await filters.push(singleLayer(html), 'html')
    await assert.rejects(filters.make({ reference: 'html' }), {
      failure: 'LAYOUT_UNFIT',
      status: 400,
      code: 'UNSUPPORTED',
      message: /^no envoy layout can be made of this: its module is an HTML page/,
      detail: { rule: 'not-wasm' },
    })
  })

  it('of a layout', async (test) => {
    const filters = await open(test)
    await filters.make()
    const { digest } = singleLayer()
    await assert.rejects(filters.make({ reference: 'v1-envoy', name: 'compat' }), {
      failure: 'LAYOUT_UNFIT',
      message: new RegExp(`name its original, ${digest}`),
    })
  })

  it('of what is not there', async (test) => {
    const filters = await open(test)
    await assert.rejects(filters.make({ reference: 'v2' }), { failure: 'MANIFEST_UNKNOWN' })
    await assert.rejects(filters.make({ repository: 'b' }), { failure: 'NAME_UNKNOWN' })
  })

  it('of a module that went bad on disk, which is then served no more', async (test) => {
    const filters = await open(test)
    const { files, storage } = filters.test
    const [file] = files.names.values()
    const bytes = Buffer.from(files.files.get(file!)!)
    bytes[30_000]! ^= 1
    files.files.set(file!, bytes)
    const refusal = { failure: 'BLOB_UNKNOWN', message: /found damaged/ }
    await assert.rejects(filters.make({ name: 'compat' }), refusal)
    assert.equal(await storage.index.blobs.get('a', FILTER.digest), undefined)
    assert.deepEqual(
      [await filters.digestOf('v1-compat'), filters.test.openFiles()],
      [undefined, 0],
    )
    assert.deepEqual(await filters.test.uploads(), [])
    await filters.blob(FILTER)
    assert.equal((await filters.make({ name: 'compat' })).isNew, true)
  })
})

it('a layer of another type is a module, too', async (test) => {
  const filters = await open(test)
  const layers = [described(FILTER, MODULE.replace('module.', ''))]
  const config = described(CONFIG, 'application/vnd.wasm.config.v1+json')
  await filters.push(built(OCI, { config, layers }), 'content')
  const { digest } = await filters.make({ reference: 'content' })
  assert.equal(await filters.digestOf('content-envoy'), digest)
})
