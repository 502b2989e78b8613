import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Digest, digestOf } from '../../src/oci/digest.ts'
import type { CandidateKind } from '../../storage/index/candidates.ts'
import { hasFormat, migrate } from '../../storage/index-kv/format.ts'
import type { Entry } from '../../storage/index-kv/key-value.ts'
import { rowKey } from '../../storage/keys.ts'
import { LevelKeyValue } from '../../storage/level/level-key-value.ts'
import { openStorage, type Storage } from '../../storage/storage.ts'
import { FailingKeyValue } from '../support/failing-key-value.ts'
import { KeptLog } from '../support/kept-log.ts'
import { MemoryKeyValue } from '../support/memory-key-value.ts'
import { PREVIOUS_STORE as OLD, unpackPreviousStore } from '../support/previous-store.ts'
import { allRows } from '../support/row-consistency.ts'
import { storeFaults } from '../support/store-faults.ts'

const MIGRATED = 'the index was migrated to a newer format'
const PAGE = { limit: 100 }

async function open(data: string) {
  const log = new KeptLog()
  const storage = await openStorage({ data, durability: 'full', acceptGap: false, log })
  const migrations = log.lines.filter(({ message }) => message === MIGRATED)
  return { storage, migrations: migrations.map(({ fields }) => fields) }
}

async function rowsOf(data: string): Promise<Entry[]> {
  const log = new KeptLog()
  const store = await LevelKeyValue.open(data, { numbered: true, acceptGap: false, log })
  const rows = await allRows(store)
  await store.close()
  return rows.filter(([key]) => !key.startsWith('sequence!'))
}

async function digestOfBytes(pieces: AsyncIterable<Uint8Array>): Promise<Digest> {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(Uint8Array.from(piece))
  return digestOf(Buffer.concat(all))
}

async function assertServed({ index, blobs }: Storage): Promise<void> {
  const { repository, copy } = OLD
  const tags = (await index.tags.list(repository, PAGE)).entries
  assert.deepEqual(Object.fromEntries(tags.map(({ tag, digest }) => [tag, digest])), OLD.tags)
  const { formerlyTagged, neverTagged, referrer } = OLD
  for (const digest of [...Object.values(OLD.tags), formerlyTagged, neverTagged, referrer]) {
    assert.equal((await index.manifests.get(repository, digest))?.digest, digest)
    assert.equal(digestOf((await index.manifests.bytes(repository, digest))!), digest)
  }
  for (const [name, digest] of [
    [repository, OLD.config],
    [repository, OLD.layer],
    [repository, OLD.wasm],
    [repository, OLD.unused],
    [copy, OLD.layer],
  ] as const) {
    const blob = await index.blobs.get(name, digest)
    assert.equal(await digestOfBytes((await blobs.open(blob!.key))!), digest)
  }
  const referrers = await index.referrers.list(repository, OLD.tags.v1, undefined, PAGE)
  assert.deepEqual(
    referrers.entries.map(({ digest }) => digest),
    [referrer],
  )
  assert.match(Buffer.from((await index.facts.get(OLD.wasm))!).toString(), /"content":"wasm"/)
  assert.equal((await index.accessTokens.get(OLD.accessToken))?.owner, 'robot')
  assert.deepEqual(index.stored, { blobs: 4, bytes: 38_038 })
}

async function objectsOf({ index }: Storage, kind: CandidateKind): Promise<string[]> {
  const { entries } = await index.candidates.list(kind, PAGE)
  return entries.map(({ object }) => object.join(' ')).toSorted()
}

describe('a store that version 0.1 wrote', () => {
  it('serves all content that version 0.1 stored', async (test) => {
    const { data } = await unpackPreviousStore(test)
    const { storage } = await open(data)
    await assertServed(storage)
    await storage.close()
    assert.deepEqual(await storeFaults(data), [])
  })

  it('migrates a store of version 0.1 at the first start, and not again at the second', async (test) => {
    const { data } = await unpackPreviousStore(test)
    const first = await open(data)
    await first.storage.close()
    const migrated = await rowsOf(data)
    assert.deepEqual(first.migrations, [{ from: 1, to: 2, rows: 5 }])
    const keys = migrated.map(([key]) => key)
    assert.ok(!keys.some((key) => key.startsWith('loose!')))
    assert.equal(keys.filter((key) => key.startsWith('unreferenced!')).length, 3)
    const second = await open(data)
    await second.storage.close()
    assert.deepEqual(second.migrations, [])
    assert.deepEqual(await rowsOf(data), migrated)
  })

  it('resumes uploads that were unfinished in version 0.1', async (test) => {
    const { data } = await unpackPreviousStore(test)
    const { storage } = await open(data)
    for (const { id, text, size } of OLD.uploads) {
      const upload = await storage.index.uploads.get(id)
      const writer = (await storage.blobs.resume(upload!.state))!
      const expected = text.repeat(size).slice(0, size)
      assert.equal(await digestOfBytes(writer.read()), digestOf(Buffer.from(expected)))
      await writer.abort()
    }
    await storage.close()
  })

  it('collects the candidates of a store of version 0.1', async (test) => {
    const { data } = await unpackPreviousStore(test)
    const { storage } = await open(data)
    const { repository, formerlyTagged, neverTagged, referrer } = OLD
    assert.deepEqual(
      await objectsOf(storage, 'manifest'),
      [formerlyTagged, neverTagged, referrer].map((digest) => `${repository} ${digest}`).toSorted(),
    )
    const { candidates, manifests } = storage.index
    const now = Date.now() + 1e12
    for (const kind of ['manifest', 'link'] as const) {
      const { entries } = await candidates.list(kind, PAGE)
      await candidates.collect(entries, { cutoff: now, time: now })
    }
    for (const digest of [formerlyTagged, neverTagged])
      assert.equal(await manifests.get(repository, digest), undefined)
    assert.equal(await storage.index.blobs.locate(OLD.unused), undefined)
    assert.equal((await manifests.get(repository, referrer))?.digest, referrer)
    assert.equal((await manifests.get(repository, 'multi'))?.digest, OLD.tags.multi)
    await storage.close()
  })

  it('migrates the status of the last collection and scrub of version 0.1', async (test) => {
    const { data } = await unpackPreviousStore(test)
    const { storage } = await open(data)
    const { progress } = storage.index
    const { last, orphans } = (await progress.get<{ last: object; orphans: boolean }>(
      'collection',
    ))!
    assert.equal(orphans, false)
    const counts = { examined: 0, manifests: 0, links: 0, blobs: 0, bytes: 0, failures: 0 }
    assert.partialDeepStrictEqual(last, { ...counts, files: 0, orphans: 0, cutoff: null })
    const scrub = (await progress.get('scrub'))!
    assert.partialDeepStrictEqual(scrub, { state: 'finished', blobs: 4, orphans: 0, findings: [] })
    for (const status of [last, scrub])
      for (const name of ['strays', 'keys', 'before']) assert.ok(!(name in status), name)
    await storage.close()
  })

  it('starts on a backup that version 0.1 made', async (test) => {
    const { backup } = await unpackPreviousStore(test)
    const { storage, migrations } = await open(backup)
    await assertServed(storage)
    assert.deepEqual(migrations, [{ from: 1, to: 2, rows: 5 }])
    assert.deepEqual((await storage.index.uploads.list(PAGE)).entries, [])
    await storage.close()
    assert.deepEqual(await storeFaults(backup), [])
  })
})

describe('the migration from format 1 to 2', () => {
  const log = new KeptLog()

  /**
   * A store of format 1 with so many unreferenced manifests, and with paused and interrupted work.
   */
  async function storeOf1(unreferenced: number): Promise<FailingKeyValue> {
    const store = new FailingKeyValue()
    const rows = Array.from({ length: unreferenced }, (_, number): Entry => {
      const key = rowKey('loose', 'a', `sha256:${number.toString().padStart(64, '0')}`)
      return [key, Buffer.from(`{"since":${number}}`)]
    })
    const last = { state: 'suspended', keys: 1, strays: 2, before: 3, reason: 'of old' }
    const scrub = { part: 'strays', strays: 1, findings: [{ kind: 'stray' }, { kind: 'blob' }] }
    const documents = {
      format: { version: 1 },
      'progress!collection': { stretches: [], strays: true, last },
      'progress!scrub': scrub,
    }
    for (const [key, value] of Object.entries(documents))
      rows.push([key, Buffer.from(JSON.stringify(value))])
    await store.values.write(new Map(rows), true)
    return store
  }

  const textsOf = async (store: FailingKeyValue) =>
    (await allRows(store)).map(([key, value]) => `${key} ${Buffer.from(value).toString()}`)

  it('migrates rows in batches of 1,000 and writes the format row last', async () => {
    const store = await storeOf1(2_500)
    await migrate(store, true, log)
    assert.equal(store.writes, 6, 'the mark, three batches, the progress, the format')
    const texts = await textsOf(store)
    assert.equal(texts.filter((text) => text.startsWith('unreferenced!')).length, 2_500)
    assert.ok(!texts.some((text) => text.startsWith('loose!')))
    assert.deepEqual(
      texts.filter((text) => /^(?:format|progress)/.test(text)),
      [
        'format {"version":2}',
        'progress!collection {"stretches":[],"orphans":true,"last":{"reason":"of old","state":"paused","cutoff":3,"files":1,"orphans":2}}',
        'progress!scrub {"part":"orphans","orphans":1,"findings":[{"kind":"orphan"},{"kind":"blob"}]}',
      ],
    )
  })

  it('finishes an interrupted migration at the next start, whichever write failed', async () => {
    const whole = await storeOf1(2_500)
    await migrate(whole, true, log)
    for (let done = 0; done < whole.writes; done++) {
      for (const written of [false, true]) {
        const store = await storeOf1(2_500)
        await assert.rejects(migrate(failingAfter(store, done, written), true, log), {
          message: /could not be migrated from format 1 to 2; nothing is lost/,
        })
        await store.recover()
        assert.ok(hasFormat(store))
        await migrate(store, true, log)
        assert.deepEqual(await textsOf(store), await textsOf(whole), `after ${done} writes`)
      }
    }
  })

  it('does not migrate a read-only index', async () => {
    const store = await storeOf1(3)
    const before = await textsOf(store)
    store.failure = new Error('the index has lost records')
    const warned = new KeptLog()
    await migrate(store, true, warned)
    assert.deepEqual(await textsOf(store), before)
    assert.deepEqual(warned.lines[0]?.level, 'warn')
  })

  it('refuses a newer store, and marks a store as newer before migrating it', async () => {
    const newer = new MemoryKeyValue([['format', Buffer.from('{"version":3}')]])
    await assert.rejects(migrate(newer, true, log), {
      message: /written by a newer Wasmoor \(format 3, this release knows 2\): start that release/,
    })
    const store = await storeOf1(3)
    await assert.rejects(migrate(failingAfter(store, 1, false), true, log))
    const [format] = await textsOf(store)
    assert.equal(format, 'format {"version":2,"from":1}', '0.1 knows versions up to 1')
  })
})

/** Makes the write after so many fail. If `written`, its changes are there after the recovery. */
function failingAfter(store: FailingKeyValue, writes: number, written: boolean): FailingKeyValue {
  const write = store.write.bind(store)
  store.write = (changes, sync) => {
    if (store.writes === writes) store.failNext('EIO: input/output error', written)
    return write(changes, sync)
  }
  return store
}
