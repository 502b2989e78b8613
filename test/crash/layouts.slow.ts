import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { digestOf, isDigest } from '../../src/oci/digest.ts'
import { readManifest } from '../../src/oci/manifest.ts'
import { Registry } from '../../src/registry/registry.ts'
import { LayoutMaker } from '../../src/wasm/live/layout-maker.ts'
import { WasmServices } from '../../src/wasm/live/wasm-services.ts'
import { MemoryKeyValue } from '../support/memory-key-value.ts'
import { assemble } from '../../storage/storage.ts'
import { bodyOf } from '../support/in-process-access.ts'
import { KeptLog } from '../support/kept-log.ts'
import { MemoryDisk } from '../support/memory-disk.ts'
import { copy, powerCuts, type Remains } from '../support/power-cut.ts'
import { freshOrigin } from '../support/power-cut-recording.ts'
import { RecordingKeyValue } from '../support/recording-key-value.ts'
import { rowFaults } from '../support/row-consistency.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import { Trace } from '../support/trace.ts'
import { turns } from '../support/turns.ts'
import { CONFIG, FILTER, singleLayer } from '../wasm/layouts/filter-registry.ts'
import { whole } from '../wasm/layouts/made.ts'
import { registrySettings } from '../support/registry-settings.ts'

const PUSHED = ['v1', 'v1-envoy', 'v1-compat']
const DERIVING = { repositories: ['a'], mode: 'warn', derive: ['envoy', 'compat'] } as const

/** Records a push to a registry that derives both layouts, and a request for one more layout. */
async function record() {
  const { disk, entries } = copy(await freshOrigin())
  const trace = new Trace<string>()
  const random = new SeededRandom(1)
  const recorder = { trace, pause: () => turns(random.between(1, 5)) }
  const store = new RecordingKeyValue(entries, recorder)
  const storage = await assemble(store, new MemoryDisk(disk, recorder), {
    durable: true,
    log: new KeptLog(),
  })
  const room = new WasmServices([DERIVING])
  const { observer, gate } = room
  const registry = new Registry(storage, new KeptLog(), { ...registrySettings(), observer, gate })
  for (const { digest, bytes } of [CONFIG, FILTER])
    await registry.uploads.put('a', digest, bodyOf(bytes))
  const { bytes, mediaType: contentType } = singleLayer()
  const push = { repository: 'a', reference: 'v1', bytes, contentType, tags: [] }
  await registry.manifests.put(push)
  trace.mark('pushed')
  const wanted = { repository: 'a', reference: 'v1', tag: 'prod', replace: false, host: 'test' }
  await new LayoutMaker(registry, room.artifacts).make({ ...wanted, name: 'compat' })
  trace.mark('asked for')
  await room.close()
  return trace
}

/** The existing tags; fails unless their content is complete. */
async function tagsIn({ disk, entries }: Remains): Promise<string[]> {
  const store = new MemoryKeyValue(entries)
  const storage = await assemble(store, new MemoryDisk(disk), { durable: true, log: new KeptLog() })
  const registry = new Registry(storage, new KeptLog(), registrySettings())
  assert.deepEqual(rowFaults(await store.entries({ gt: '', lt: '~' }, 10_000)), [])
  const present: string[] = []
  for (const tag of [...PUSHED, 'prod']) {
    const content = registry.content('a')
    const found = await content.manifest(tag)
    if (!found) continue
    present.push(tag)
    for (const { digest } of readManifest(found.bytes, found.record.mediaType).references) {
      assert.ok(isDigest(digest))
      const blob = await content.blob(digest)
      assert.equal(digestOf(await whole((await blob!.open())!)), digest, tag)
    }
  }
  return present
}

describe('a power cut while layouts are made', () => {
  it('leaves all manifests of a push or none, and everything acknowledged, after a power cut', async (test) => {
    const trace = await record()
    const origin = await freshOrigin()
    const random = new SeededRandom(2)
    const seen = new Set<string>()
    let states = 0
    for (let at = 0; at <= trace.length; at++) {
      const told = trace.marks.filter((mark) => mark.at < at).map(({ mark }) => mark)
      for (const { cut, remains } of powerCuts(trace, origin, at, { random, most: 6 })) {
        states++
        const tags = await tagsIn(remains)
        const what = JSON.stringify({ cut, tags })
        const pushed = tags.filter((tag) => tag !== 'prod').length
        assert.ok(pushed === 0 || pushed === PUSHED.length, what)
        if (told.includes('pushed')) assert.equal(pushed, PUSHED.length, what)
        if (told.includes('asked for')) assert.ok(tags.includes('prod'), what)
        seen.add(tags.join(' '))
      }
    }
    const all = PUSHED.join(' ')
    assert.deepEqual(seen, new Set(['', all, `${all} prod`]))
    test.diagnostic(`${states} states after power cuts were examined`)
  })
})
