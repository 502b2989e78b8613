import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { CollectionPause } from '../../src/registry/collection-pause.ts'
import { Registry } from '../../src/registry/registry.ts'
import { Collector } from '../../src/registry/upkeep/collector.ts'
import { NodeDisk } from '../../storage/files/node-disk.ts'
import { LevelKeyValue } from '../../storage/level/level-key-value.ts'
import { assemble, type Storage } from '../../storage/storage.ts'
import { contentOf } from '../support/artifact.ts'
import { InProcessAccess } from '../support/in-process-access.ts'
import { KeptLog } from '../support/kept-log.ts'
import { allRows, rowFaults } from '../support/row-consistency.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import { lookAtOne, type Race, RaceClient } from './race-client.ts'
import { registrySettings } from '../support/registry-settings.ts'

const CLIENTS = 8
const READERS = 2
/** Milliseconds. */
const GRACES = [0, 1_000, 250, 2_000]
/** The content that a session could still ask for is deleted after this time. */
const UPLOAD_EXPIRY = 2_500
const SIZES = [0, 50, 3_000, 20_000, 60_000, 200_000]
const SETTINGS = registrySettings({ cache: { blobs: 1_000_000, manifests: 1_000_000 } })

export interface RaceResult extends Readonly<Race['requests']> {
  readonly passes: number
  readonly manifests: number
  readonly links: number
  readonly blobs: number
  readonly bytes: number
  readonly looksAtAllRows: number
  readonly holds: number
}

/**
 * Eight clients that push, tag again and delete over the same blobs, while collection runs without
 * a pause, with one grace
 * after the other. What is acknowledged and not deleted is looked at all the time, and so are all
 * rows. In the end
 * everything is deleted, and nothing may be left.
 */
export async function race(data: string, seconds: number, seed: number): Promise<RaceResult> {
  const log = new KeptLog()
  const store = await LevelKeyValue.open(data, { numbered: false, acceptGap: false, log })
  const storage = await assemble(store, new NodeDisk(data, false), { durable: false, log })
  const random = new SeededRandom(seed)
  const pool = SIZES.flatMap((size) => [0, 1].map(() => contentOf(random.bytes(size + 1))))
  const requests = { pushes: 0, refusedPushes: 0, reads: 0, deletions: 0 }
  const counts = {
    passes: 0,
    manifests: 0,
    links: 0,
    blobs: 0,
    bytes: 0,
    looksAtAllRows: 0,
    holds: 0,
  }
  const shared: Race = {
    access: new InProcessAccess(new Registry(storage, log, SETTINGS)),
    grace: 0,
    random,
    repositories: ['a', 'a/b', 'c'],
    pool,
    contents: new Map(pool.map((content) => [content.digest, content])),
    tags: new Map(),
    unlinked: new Map(),
    requests,
  }
  const clients = Array.from(
    { length: CLIENTS },
    (_, number) => new RaceClient(shared, `c${number}`),
  )
  try {
    for (const grace of GRACES) {
      const gc = { grace, rate: 0, untaggedRepositories: ['**'], untaggedAfter: 0 }
      const registry = new Registry(storage, log, { ...SETTINGS, gc })
      const uploads = { expiry: UPLOAD_EXPIRY }
      const collector = await Collector.open(registry.context, { gc, uploads })
      Object.assign(shared, { access: new InProcessAccess(registry), grace })
      const late = performance.now() + (seconds * 1000) / GRACES.length
      const going = () => performance.now() < late
      const collect = async () => {
        collector.start()
        const ended = (await collector.ended())!
        assert.notEqual(ended.state, 'failed', ended.reason)
        counts.passes++
        for (const name of ['manifests', 'links', 'blobs', 'bytes'] as const)
          counts[name] += ended[name]
        return ended
      }
      await Promise.all([
        ...clients.map((client) => repeat(going, () => client.step())),
        ...Array.from({ length: READERS }, () => repeat(going, () => lookAtOne(shared))),
        repeat(going, async () => {
          await collect()
          await sleep(random.below(15))
        }),
        repeat(going, async () => {
          counts.looksAtAllRows++
          assert.deepEqual(rowFaults(await allRows(store)), [])
          await sleep(700)
        }),
        repeat(going, async () => {
          await holdRemovals(storage, log)
          counts.holds++
          // Most of the time collection is to go on.
          await sleep(1_000)
        }),
      ])
      if (grace === GRACES.at(-1)) {
        for (const client of clients) await client.end()
        await untilNothingIsLeft(collect, storage)
        assert.deepEqual(leftOver(await allRows(store)), [])
      }
      await collector.close()
    }
    return { ...requests, ...counts }
  } finally {
    await storage.close()
  }
}

async function repeat(going: () => boolean, work: () => Promise<unknown>): Promise<void> {
  while (going()) {
    await work()
    // In memory everything may go on without ever letting timers run.
    await new Promise(setImmediate)
  }
}

/** As a backup does: whatever the index names when it is held keeps its bytes until the end. */
async function holdRemovals({ index, blobs }: Storage, log: KeptLog): Promise<void> {
  const held = await CollectionPause.take(index.leases, 'race', { now: Date.now, log })
  const { entries } = await index.blobs.listAll({ limit: 300 })
  await sleep(60)
  for (const { key, size, digest } of entries)
    assert.equal(await blobs.stat(key), size, `${digest} went while removals were held off`)
  assert.equal(await held.release(), true)
}

async function untilNothingIsLeft(
  collect: () => Promise<unknown>,
  { index, blobs }: Storage,
): Promise<void> {
  const PATIENCE = 30_000
  let late = performance.now() + PATIENCE
  for (let before = Number.NaN; ;) {
    await collect()
    // It may have much to do, but has to come on.
    if (index.stored.blobs !== before) late = performance.now() + PATIENCE
    before = index.stored.blobs
    const keys: string[] = []
    for await (const { key } of blobs.list()) keys.push(key)
    const { entries } = await index.candidates.list('key', { limit: 1 })
    if (keys.length + index.stored.blobs + entries.length === 0) return
    assert.ok(performance.now() < late, `${keys.length} files and ${index.stored.blobs} blobs stay`)
    await sleep(200)
  }
}

/** Rows that tell of something that was pushed. */
function leftOver(rows: Awaited<ReturnType<typeof allRows>>): string[] {
  return rows.map(([key]) => key).filter((key) => !/^(?:format|sequence|stored|progress)/.test(key))
}
