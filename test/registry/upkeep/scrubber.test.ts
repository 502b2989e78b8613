import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Scrubber } from '../../../src/registry/upkeep/scrubber.ts'
import { rowKey } from '../../../storage/keys.ts'
import { contentOf, image } from '../../support/artifact.ts'
import { InProcessAccess } from '../../support/in-process-access.ts'
import { SeededRandom } from '../../support/seeded-random.ts'
import { openTestRegistry, type TestRegistry } from '../../support/test-registry.ts'

const LARGE = contentOf(new SeededRandom(1).bytes(200_000))
const OTHER = contentOf(new SeededRandom(2).bytes(30_000))
const SMALL = contentOf('small')
const MANIFEST = image({ config: SMALL, layers: [LARGE] })

async function filled() {
  const opened = await openTestRegistry({ cache: { blobs: 0, manifests: 0 } })
  const access = new InProcessAccess(opened.registry)
  for (const content of [LARGE, OTHER, SMALL]) await access.pushBlob('a', content)
  await access.putManifest('a', MANIFEST, ['t'])
  return { ...opened, access }
}

async function scrub({ registry }: TestRegistry) {
  const scrubber = await Scrubber.open(registry.context, 0)
  await scrubber.start()
  return (await scrubber.ended())!
}

/** Changes one byte in the file of a blob. */
function flip({ files }: TestRegistry, digest: string): void {
  const [, file] = [...files.names].find(([name]) => name.includes(digest.slice(7)))!
  const bytes = Buffer.from(files.files.get(file)!)
  bytes[7]! ^= 1
  files.files.set(file, bytes)
}

describe('scrub', () => {
  it('reads all content, and finds no problem in good content', async () => {
    const opened = await filled()
    const { state, blobs, manifests, bytes, damaged, orphans, findings } = await scrub(opened)
    const read = { state, blobs, manifests, bytes, damaged, orphans, findings }
    assert.deepEqual(read, {
      state: 'finished',
      blobs: 3,
      manifests: 1,
      bytes: 230_005 + MANIFEST.bytes.byteLength,
      damaged: 0,
      orphans: 0,
      findings: [],
    })
    assert.equal(opened.openFiles(), 0)
  })

  it('quarantines damaged content, and reports it until it is pushed again', async () => {
    const opened = await filled()
    const { access, files, rows, storage } = opened
    flip(opened, LARGE.digest)
    const [lost] = [...files.names.keys()].filter((name) => name.includes(OTHER.digest.slice(7)))
    files.names.delete(lost!)
    const { key } = (await storage.index.blobs.locate(SMALL.digest))!
    await rows.write(new Map([[rowKey('content', key), Buffer.from('smell')]]), true)
    const bytes = Buffer.from(MANIFEST.bytes)
    bytes[20]! ^= 1
    await rows.write(new Map([[rowKey('bytes', 'a', MANIFEST.digest), bytes]]), true)
    const { damaged, findings } = await scrub(opened)
    assert.equal(damaged, 4)
    assert.deepEqual(
      new Set(findings.map(({ kind, name, what }) => `${kind} ${name} ${what}`)),
      new Set([
        `blob ${LARGE.digest} has other bytes`,
        `blob ${OTHER.digest} has no bytes`,
        `blob ${SMALL.digest} has other bytes`,
        `manifest a@${MANIFEST.digest} has other bytes`,
      ]),
    )
    for (const { digest } of [LARGE, OTHER, SMALL])
      assert.equal(await access.readBlob('a', digest), undefined)
    for (const reference of ['t', MANIFEST.digest])
      assert.equal(await access.readManifest('a', reference), undefined)
    assert.equal((await scrub(opened)).damaged, 4, 'it stays damaged until it is pushed again')
    for (const content of [LARGE, OTHER, SMALL]) await access.pushBlob('a', content)
    await access.putManifest('a', MANIFEST, ['t'])
    assert.equal((await scrub(opened)).damaged, 0)
    assert.deepEqual(await access.readBlob('a', LARGE.digest), LARGE.bytes)
    assert.equal((await access.readManifest('a', 't'))?.digest, MANIFEST.digest)
  })

  it('keeps content that cannot be read, and reports it', async () => {
    const opened = await filled()
    opened.disk.failNext('read')
    const { damaged, unreadable, findings } = await scrub(opened)
    assert.deepEqual({ damaged, unreadable }, { damaged: 0, unreadable: 1 })
    assert.equal(findings[0]?.what, 'cannot be read')
    const { unreadable: later } = await scrub(opened)
    assert.equal(later, 0)
  })

  it('reports orphans, and makes them candidates for collection', async () => {
    const opened = await filled()
    const { storage } = opened
    const writer = storage.blobs.start()
    await writer.append(LARGE.bytes)
    const { key } = await writer.commit(LARGE.digest)
    const { orphans, findings } = await scrub(opened)
    assert.equal(orphans, 1)
    assert.equal(findings[0]?.name, key)
    const { entries } = await storage.index.candidates.list('key', { limit: 9 })
    assert.deepEqual(entries[0]?.object, [key, LARGE.digest])
  })

  it('continues a scrub in the next process where it stopped', async () => {
    const opened = await filled()
    const first = await Scrubber.open(opened.registry.context, 1)
    await first.start()
    await first.close()
    assert.equal((await first.ended())?.state, 'stopped')
    await opened.storage.index.progress.put('scrub', {
      ...first.status,
      part: 'manifests',
      after: '',
      blobs: 3,
    })
    const next = await Scrubber.open((await opened.restart()).registry.context, 0)
    const ended = (await next.ended())!
    assert.deepEqual([ended.state, ended.blobs, ended.manifests], ['finished', 3, 1])
    assert.equal(ended.startedAt, first.status?.startedAt)
  })
})
