import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { gzipSync } from 'node:zlib'
import { RegistryError } from '../../src/oci/errors.ts'
import { Examiner } from '../../src/wasm/live/examiner.ts'
import { FactSource } from '../../src/wasm/live/fact-source.ts'
import { FairQueue } from '../../src/wasm/live/fair-queue.ts'
import { WasmGate } from '../../src/wasm/live/gate.ts'
import { StoredArtifacts } from '../../src/wasm/live/stored-artifacts.ts'
import {
  built,
  type BuiltManifest,
  contentOf,
  describe as descriptorOf,
} from '../support/artifact.ts'
import { bodyOf } from '../support/in-process-access.ts'
import { openTestRegistry } from '../support/test-registry.ts'
import { command, filter } from '../wasm/build/conventions.ts'
import { tar } from '../wasm/build/tar.ts'
import { EnforcedRegistry, IMAGE, INDEX, MODULE, pair } from './enforced-registry.ts'

const HTML = contentOf('<!DOCTYPE html><html></html>')
const FILTER = contentOf(filter)
const COMMAND = contentOf(command)
const good = pair(FILTER)
const bad = pair(COMMAND)
const indexOf = (child: BuiltManifest) => built(INDEX, { manifests: [descriptorOf(child, IMAGE)] })

async function open(test: TestContext, references: 'strict' | 'sparse' = 'strict') {
  const opened = await EnforcedRegistry.open(references)
  test.after(() => opened.close())
  return opened
}

const refused = { failure: 'MANIFEST_INVALID' }
const missing = { failure: 'MANIFEST_BLOB_UNKNOWN' }

describe('a tag that a policy enforces', () => {
  it('M2: is not set to a layout that the policy refuses, whoever makes it', async (test) => {
    const registry = await open(test)
    const original = built(IMAGE, {
      config: descriptorOf(contentOf('{}'), 'application/x'),
      layers: [descriptorOf(COMMAND, MODULE)],
    })
    await registry.push(original, original.digest)
    for (const replace of [false, true])
      await assert.rejects(registry.layout(original.digest, 'v1', replace), refused)
    assert.equal(await registry.digestOf('v1'), undefined)
    const untagged = await registry.layout(original.digest)
    const { bytes } = (await registry.content.manifest(untagged.digest))!
    await assert.rejects(registry.push({ bytes, mediaType: IMAGE }, 'v1'), refused)
    await registry.push(good, good.digest)
    assert.equal((await registry.layout(good.digest, 'v1')).tag, 'v1')
  })

  it('M2: is not set to an artifact for its subject, its tag or the type of its config', async (test) => {
    const registry = await open(test)
    const subject = { ...descriptorOf(contentOf('nowhere'), IMAGE) }
    const chart = 'application/vnd.cncf.helm.config.v1+json'
    for (const [manifest, tag] of [
      [pair(COMMAND, { subject }), 'v1'],
      [pair(COMMAND, {}, chart), 'v1'],
      [bad, 'sha256-prod'],
      [bad, `sha256-${'0'.repeat(63)}`],
      [bad, `sha256-${'0'.repeat(64)}-prod`],
      [bad, `sha256-${'G'.repeat(64)}`],
    ] as const) {
      await assert.rejects(registry.push(manifest, tag), refused)
      assert.equal(await registry.digestOf(tag), undefined)
    }
    await registry.push(pair(COMMAND, { subject }), pair(COMMAND, { subject }).digest)
    await registry.push(bad, `sha256-${'0'.repeat(64)}.sig`)
  })

  it('M2: waits for what it is judged by, also where references are sparse', async (test) => {
    const registry = await open(test, 'sparse')
    const late = pair(HTML)
    for (const manifest of [late, indexOf(late)])
      await assert.rejects(registry.push(manifest, 'v1'), missing)
    await registry.push(late, late.digest)
    await assert.rejects(registry.push(indexOf(late), 'v1'), missing)
    await registry.blob(HTML)
    for (const manifest of [late, indexOf(late)])
      await assert.rejects(registry.push(manifest, 'v1'), refused)
    // A child that is there as a blob alone cannot be judged.
    const child = pair(FILTER, { annotations: { as: 'a blob' } })
    await registry.blob(child)
    await assert.rejects(registry.push(indexOf(child), 'v1'), missing)
    await registry.push(child, child.digest)
    await registry.push(indexOf(child), 'v1')
  })

  it('M2: needs under sparse no more than that', async (test) => {
    const registry = await open(test, 'sparse')
    await registry.push(good, good.digest)
    const elsewhere = { os: 'linux', architecture: 'arm64' }
    const index = built(INDEX, {
      manifests: [
        { ...descriptorOf(good, IMAGE) },
        { ...descriptorOf(bad, IMAGE), platform: elsewhere },
      ],
    })
    await registry.push(index, 'v1')
    assert.equal(await registry.digestOf('v1'), index.digest)
  })

  it('M2: is not set to what is packed so that the registry does not understand it', async (test) => {
    const registry = await open(test)
    const plugin = { name: 'plugin.wasm', data: '<!DOCTYPE html>' }
    const archive = contentOf(gzipSync(tar({ name: 'sparse', type: 'S' }, plugin)))
    await registry.blob(archive)
    const config = descriptorOf(contentOf('{}'), 'application/vnd.oci.image.config.v1+json')
    const layers = [descriptorOf(archive, 'application/vnd.oci.image.layer.v1.tar+gzip')]
    const annotations = { 'module.wasm.image/variant': 'compat' }
    const packed = built(IMAGE, { config, layers, annotations })
    await assert.rejects(registry.push(packed, 'v1'), refused)
  })

  it('M3: is refused for a while if its content was not examined in time', async (test) => {
    let release = (): void => undefined
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    class HeldExaminer extends Examiner {
      override async examine(...all: Parameters<Examiner['examine']>) {
        await released
        return super.examine(...all) as never
      }
    }
    const examiner = new HeldExaminer()
    test.after(() => examiner.close())
    const policy = { mode: 'enforce', consumers: ['istio'] } as const
    const impatient = new StoredArtifacts(new FactSource(examiner), 0)
    const enforcing = new WasmGate(impatient, () => policy)
    const warning = new WasmGate(impatient, () => ({ ...policy, mode: 'warn' }))
    const { registry } = await openTestRegistry()
    for (const content of [contentOf('{}'), COMMAND])
      await registry.uploads.put('a', content.digest, bodyOf(content.bytes))
    const incoming = { repository: 'a', ...bad, tags: ['v1'], content: registry.content('a') }
    assert.ok((await warning.admit(incoming)).warnings.length === 0)
    await assert.rejects(enforcing.admit(incoming), (error) => {
      assert.ok(error instanceof RegistryError)
      assert.deepEqual([error.failure, error.status], ['UNAVAILABLE', 503])
      assert.deepEqual(error.headers, { 'Retry-After': '10' })
      return true
    })
    release()
    const patient = new WasmGate(new StoredArtifacts(new FactSource(examiner)), () => policy)
    await assert.rejects(patient.admit(incoming), refused)
  })
})

describe('the queue of examinations', () => {
  it('M3: serves repositories in turn, and turns away the last of the longest lane', async () => {
    const queue = new FairQueue<number>(4)
    const served: string[] = []
    const wait = (lane: string, name: string) =>
      queue.wait(lane).then((value) => served.push(`${name} ${value ?? 'away'}`))
    const waits = ['m1', 'm2', 'm3', 'm4', 'm5'].map((name) => wait('many', name))
    waits.push(wait('few', 'f1'), wait('other', 'o1'))
    for (let value = 1; queue.serve(value); value++);
    await Promise.all(waits)
    const order = ['m5 away', 'm4 away', 'm3 away', 'm1 1', 'f1 2', 'o1 3', 'm2 4']
    assert.deepEqual(served, order)
    assert.equal(queue.serve(9), false)
  })

  it('M3: ends every wait when it is cleared', async () => {
    const queue = new FairQueue<number>(4)
    const waits = ['a', 'b', 'a'].map((lane) => queue.wait(lane))
    queue.clear()
    assert.deepEqual(await Promise.all(waits), [undefined, undefined, undefined])
    assert.equal(queue.serve(1), false)
  })

  it('M3: an examination that was turned away is tried again with the next request', async (test) => {
    class BusyExaminer extends Examiner {
      asked = 0
      override async examine() {
        this.asked++
        return 'busy' as const
      }
    }
    const examiner = new BusyExaminer()
    test.after(() => examiner.close())
    const facts = new FactSource(examiner)
    const { registry } = await openTestRegistry()
    await registry.uploads.put('a', FILTER.digest, bodyOf(FILTER.bytes))
    for (let times = 0; times < 2; times++)
      assert.deepEqual(
        await facts.of(registry.content('a'), FILTER.digest, ['file'], Date.now() + 60_000),
        {},
      )
    assert.equal(examiner.asked, 2)
  })
})
