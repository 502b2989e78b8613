import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CollectionPause } from '../../../src/registry/collection-pause.ts'
import { Collector, type CollectorOptions } from '../../../src/registry/upkeep/collector.ts'
import { contentOf, image } from '../../support/artifact.ts'
import { InProcessAccess } from '../../support/in-process-access.ts'
import { SeededRandom } from '../../support/seeded-random.ts'
import { openTestRegistry, type TestRegistry } from '../../support/test-registry.ts'

const HOUR = 3_600_000
const GRACE = 8 * HOUR
/** Grace and margin. */
const AGE = 10 * HOUR
const LARGE = contentOf(new SeededRandom(1).bytes(20_000))
const SMALL = contentOf('small')
const UPLOADS = { expiry: HOUR }
const GC = { grace: GRACE, rate: 0, untaggedRepositories: [], untaggedAfter: 0 }

async function open(
  test: { after(work: () => unknown): void },
  more: Partial<CollectorOptions> = {},
  of?: TestRegistry,
) {
  const options = {
    uploads: UPLOADS,
    gc: { grace: GRACE, untaggedRepositories: ['**'] },
  }
  const opened = of ?? (await openTestRegistry(options))
  const { registry, clock } = opened
  if (of === undefined) clock.now = 5_000 * HOUR
  let slept = 0
  const steady = () => clock.now - slept
  const collector = await Collector.open(registry.context, {
    gc: GC,
    uploads: UPLOADS,
    steady,
    ...more,
  })
  test.after(() => collector.close())
  return {
    ...opened,
    access: new InProcessAccess(registry),
    collector,
    /** Lets so many milliseconds pass while the registry runs. */
    pass: async (milliseconds: number) => {
      clock.now += milliseconds
      await collector.tick()
    },
    /** Sets the clock. */
    set: async (difference: number) => {
      clock.now += difference
      slept += difference
      await collector.tick()
    },
    collect: async (dryRun = false) => {
      collector.start(dryRun)
      return (await collector.ended())!
    },
  }
}

const files = ({ files: { names } }: TestRegistry) =>
  [...names.keys()].filter((name) => name.startsWith('blobs/'))

describe('collection', () => {
  it('deletes unreferenced blobs after the grace and a quarter of it', async (test) => {
    const opened = await open(test)
    const { access, pass, collect } = opened
    for (const content of [LARGE, SMALL]) await access.pushBlob('a', content)
    await pass(AGE - 1)
    assert.equal((await collect()).links, 0)
    await pass(1)
    const dry = await collect(true)
    assert.deepEqual({ ...dry, blobs: dry.blobs }, { ...dry, links: 2, blobs: 2, bytes: 20_005 })
    assert.equal(files(opened).length, 1, 'it was a dry run')
    const { state, links, blobs, bytes } = await collect()
    assert.deepEqual(
      { state, links, blobs, bytes },
      { state: 'finished', links: 2, blobs: 2, bytes: 20_005 },
    )
    assert.deepEqual(files(opened), [])
    assert.equal(await access.readBlob('a', LARGE.digest), undefined)
    assert.deepEqual(await access.repositories(), [])
    await access.pushBlob('a', LARGE)
    assert.deepEqual(await access.readBlob('a', LARGE.digest), LARGE.bytes)
  })

  it('keeps referenced blobs, and deletes them after their manifest', async (test) => {
    const opened = await open(test)
    const { access, pass, collect } = opened
    for (const content of [LARGE, SMALL]) await access.pushBlob('a', content)
    const manifest = image({ config: SMALL, layers: [LARGE] })
    await access.putManifest('a', manifest, ['t'])
    await pass(10 * AGE)
    assert.equal((await collect()).links, 0)
    assert.equal((await collect()).examined, 0, 'it is no longer a candidate')
    assert.deepEqual(await access.readBlob('a', LARGE.digest), LARGE.bytes)
    await access.deleteManifest('a', manifest.digest)
    assert.equal((await collect()).links, 0, 'its age begins now')
    await pass(AGE)
    assert.equal((await collect()).blobs, 2)
  })

  it('keeps a blob that a client read recently', async (test) => {
    const { access, registry, pass, collect } = await open(test)
    await access.pushBlob('a', LARGE)
    await pass(AGE - 2)
    await registry.blobs.stat('a', LARGE.digest)
    await pass(GRACE)
    assert.equal((await collect()).links, 0)
    await access.putManifest('a', image({ config: LARGE }), ['t'])
    await pass(AGE)
    assert.equal((await collect()).links, 0)
  })

  it('does not count time that passed because the clock was set', async (test) => {
    const { access, set, pass, collect } = await open(test)
    await access.pushBlob('a', LARGE)
    await set(1_000 * HOUR)
    assert.deepEqual((await collect()).cutoff, null, 'the registry has not run for that long')
    await set(-2_000 * HOUR)
    await pass(AGE)
    assert.equal((await collect()).links, 0, 'its time is in the future, and becomes now')
    await pass(AGE - 1)
    assert.equal((await collect()).links, 0)
    await pass(1)
    assert.equal((await collect()).links, 1)
  })

  it('counts the running time of earlier processes, and not the time between them', async (test) => {
    const first = await open(test)
    await first.access.pushBlob('a', LARGE)
    await first.pass(AGE / 2)
    first.clock.now += 100 * AGE
    const second = await open(test, { steady: () => first.clock.now }, await first.restart())
    await second.pass(AGE / 2 - 1)
    assert.equal((await second.collect()).links, 0)
    await second.pass(1)
    assert.equal((await second.collect()).links, 1)
  })

  it('pauses while a backup is running', async (test) => {
    const { access, registry, pass, collect } = await open(test)
    await access.pushBlob('a', LARGE)
    await pass(AGE)
    const { context } = registry
    const held = await CollectionPause.take(context.storage.index.leases, 'backup', context)
    const { state, reason } = await collect()
    assert.deepEqual({ state, reason }, { state: 'paused', reason: 'a backup is running' })
    assert.equal(await held.release(), true)
    assert.equal((await collect()).links, 1)
  })

  it('tries again to delete files that could not be deleted, also in another process', async (test) => {
    const opened = await open(test)
    const { access, pass, collect, disk } = opened
    await access.pushBlob('a', LARGE)
    await pass(AGE)
    disk.failNext('unlink')
    assert.equal((await collect()).failures, 1)
    assert.equal(files(opened).length, 1)
    const next = await open(test, {}, await opened.restart())
    await next.pass(AGE)
    assert.equal((await next.collect()).files, 1)
    assert.deepEqual(files(next), [])
  })

  it('deletes orphans that a killed process left', async (test) => {
    const opened = await open(test)
    const { pass, registry, storage } = opened
    const writer = storage.blobs.start()
    await writer.append(LARGE.bytes)
    await writer.commit(LARGE.digest)
    await new InProcessAccess(registry).pushBlob('a', SMALL)
    // Not closed, as after kill -9.
    const next = await open(test, {}, await opened.restart())
    await pass(0)
    assert.equal((await next.collect()).orphans, 1)
    assert.equal((await next.collect()).orphans, 0, 'there is no suspicion any more')
    await next.pass(AGE)
    assert.equal((await next.collect()).files, 1)
    assert.deepEqual(files(next), [])
  })

  it('deletes untagged manifests only in the configured repositories', async (test) => {
    const gc = { ...GC, untaggedRepositories: ['ci/**'], untaggedAfter: 100 * HOUR }
    const { access, registry, pass, collect } = await open(test, { gc })
    const manifest = image({ config: SMALL })
    for (const repository of ['ci/a', 'other']) {
      await access.pushBlob(repository, SMALL)
      await access.putManifest(repository, manifest, [])
    }
    await pass(99 * HOUR)
    await registry.manifests.stat('ci/a', manifest.digest)
    await pass(99 * HOUR)
    assert.equal((await collect()).manifests, 0, 'it was read in between')
    await pass(HOUR)
    assert.equal((await collect()).manifests, 1)
    assert.equal(await access.readManifest('ci/a', manifest.digest), undefined)
    assert.deepEqual(
      await access.readManifest('other', manifest.digest).then((found) => found?.digest),
      manifest.digest,
    )
  })

  it('runs one pass at a time', async (test) => {
    const { collector } = await open(test)
    const begun = collector.start()
    assert.equal(collector.start().startedAt, begun.startedAt)
    assert.throws(() => collector.start(true), { failure: 'CONFLICT' })
    assert.equal((await collector.ended())?.state, 'finished')
  })
})
