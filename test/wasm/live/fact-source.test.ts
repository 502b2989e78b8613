import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Digest } from '../../../src/oci/digest.ts'
import type { RepositoryContent } from '../../../src/registry/repository-content.ts'
import { Examiner } from '../../../src/wasm/live/examiner.ts'
import { READER_VERSION } from '../../../src/wasm/read/facts.ts'
import { RecentFacts } from '../../../src/wasm/live/recent-facts.ts'
import { decodeFacts } from '../../../src/wasm/live/facts-codec.ts'
import { FactSource } from '../../../src/wasm/live/fact-source.ts'
import { StoredArtifacts } from '../../../src/wasm/live/stored-artifacts.ts'
import {
  WASM_TYPED_LAYERS,
  type ExaminationScope,
  FULL_REPORT,
  KNOWN_FACTS,
  KNOWN_FACTS_AND_CONFIG,
  PUSH,
} from '../../../src/wasm/model/examination-scope.ts'
import { WasmObserver } from '../../../src/wasm/live/observer.ts'
import { BytesReader } from '../../../storage/files/readers.ts'
import { digestOf, type Plan, subject } from '../build/artifact.ts'
import { filter } from '../build/conventions.ts'
import { read } from '../build/read.ts'
import { tar } from '../build/tar.ts'

const examiner = new Examiner()
after(() => examiner.close())

const MODULE = 'application/vnd.module.wasm.content.layer.v1+wasm'
const TAR_GZIP = 'application/vnd.oci.image.layer.v1.tar+gzip'
const archive = gzipSync(tar({ name: 'plugin.wasm', data: filter }))

/**
 * A repository that holds the first layer of an artifact, and how often its bytes were opened.
 */
function holding(bytes: Uint8Array) {
  const held = { opened: 0, facts: undefined as Uint8Array | undefined }
  const content = {
    repository: 'a',
    manifest: async () => undefined,
    blob: async (digest: string) =>
      digest === digestOf('0')
        ? {
            size: bytes.length,
            facts: async () => held.facts,
            putFacts: async (facts: Uint8Array) => void (held.facts = facts),
            open: async () => {
              held.opened++
              return new BytesReader(bytes)
            },
          }
        : undefined,
  }
  return { held, content: content as unknown as RepositoryContent }
}

async function inspect(
  content: RepositoryContent,
  plan: Plan,
  scope: ExaminationScope,
  facts = new FactSource(examiner),
) {
  const { known } = await new StoredArtifacts(facts).inspect(content, subject(plan).artifact, scope)
  return known
}

const MODULE_PLAN: Plan = { layers: [{ type: MODULE }, { type: MODULE }] }
const image = (more: Partial<Plan> = {}): Plan => ({ layers: [{ type: TAR_GZIP }], ...more })

describe('facts about the content of an artifact', () => {
  it('reads a blob once and keeps the facts', async () => {
    const { held, content } = holding(filter)
    for (let times = 0; times < 2; times++) {
      const { blobs } = await inspect(content, MODULE_PLAN, PUSH)
      assert.deepEqual([...blobs], [[digestOf('0'), read(filter)]])
    }
    assert.deepEqual(decodeFacts(held.facts), { file: read(filter) })
    // The first bytes, and then all.
    assert.equal(held.opened, 2)
  })

  it('takes the facts of a blob that was just pushed from memory', async () => {
    const recent = new RecentFacts()
    const watch = new WasmObserver(() => ({ mode: 'warn' }), recent).watch('a')!
    watch.update(filter)
    watch.finish(digestOf('0') as Digest)
    const { held, content } = holding(filter)
    const facts = new FactSource(examiner, recent)
    const { blobs } = await inspect(content, MODULE_PLAN, PUSH, facts)
    assert.deepEqual([...blobs], [[digestOf('0'), read(filter)]])
    assert.equal(held.opened, 0)
  })

  it('reads a blob once for concurrent requests', async () => {
    const { held, content } = holding(filter)
    const facts = new FactSource(examiner)
    await Promise.all(Array.from({ length: 5 }, () => inspect(content, MODULE_PLAN, PUSH, facts)))
    assert.equal(held.opened, 2)
  })

  it('reads a blob again after a change of the reader version', async () => {
    const { held, content } = holding(filter)
    const old = { file: { ...read(filter), reader: READER_VERSION - 1 } }
    held.facts = Buffer.from(JSON.stringify(old))
    const { blobs } = await inspect(content, MODULE_PLAN, FULL_REPORT)
    assert.equal(blobs.get(digestOf('0'))?.reader, READER_VERSION)
    assert.equal(decodeFacts(held.facts).file?.reader, READER_VERSION)
  })

  it('reads only the first bytes of a blob that is not Wasm', async () => {
    const { held, content } = holding(Buffer.alloc(100_000, 'x'))
    const { blobs } = await inspect(content, MODULE_PLAN, PUSH)
    assert.deepEqual(blobs.get(digestOf('0')), {
      reader: READER_VERSION,
      size: 100_000,
      content: 'text',
    })
    assert.equal(held.opened, 1)
  })

  it('opens the archives that the scope asks for', async () => {
    const opens = async (plan: Plan, scope: ExaminationScope) =>
      (await inspect(holding(archive).content, plan, scope)).archives.size === 1
    const marked = { annotations: { 'module.wasm.image/variant': 'compat' } }
    const large = image({ layers: [{ type: TAR_GZIP, size: 40 << 20 }] })
    assert.equal(await opens(image(), PUSH), true)
    assert.equal(await opens(large, PUSH), false)
    assert.equal(await opens({ ...large, ...marked }, PUSH), true)
    assert.equal(await opens(large, FULL_REPORT), true)
    assert.equal(await opens(image(), WASM_TYPED_LAYERS), false)
    assert.equal(await opens(image(), KNOWN_FACTS), false)
    const known = await inspect(holding(filter).content, MODULE_PLAN, KNOWN_FACTS)
    assert.equal(known.blobs.size, 0)
  })

  it('does not repeat an examination that failed within the last minute', async (test) => {
    const broken = new Examiner({ patience: 0 })
    test.after(() => broken.close())
    const facts = new FactSource(broken)
    const { held, content } = holding(filter)
    for (let times = 0; times < 3; times++) {
      const { blobs } = await inspect(content, MODULE_PLAN, FULL_REPORT, facts)
      assert.equal(blobs.size, 0)
    }
    // The first bytes, and then all.
    assert.equal(held.opened, 2)
  })
})

describe('the config of an artifact', () => {
  const IMAGE_CONFIG = 'application/vnd.oci.image.config.v1+json'
  const body = { architecture: 'wasm' }
  const holdingConfig = {
    repository: 'a',
    manifest: async () => undefined,
    blob: async (digest: string) => {
      if (digest !== digestOf('config')) return undefined
      const bytes = Buffer.from(JSON.stringify(body))
      return { size: bytes.length, open: async () => new BytesReader(bytes) }
    },
  } as unknown as RepositoryContent

  it('is read for a listing only if the artifact is made for containerd', async () => {
    const configOf = async (plan: Plan, scope: ExaminationScope) =>
      (await inspect(holdingConfig, plan, scope)).config
    const forContainerd = { config: IMAGE_CONFIG, layers: [{ type: 'application/wasm' }] }
    assert.deepEqual(await configOf(forContainerd, KNOWN_FACTS), body)
    assert.equal(await configOf(image({ config: IMAGE_CONFIG }), KNOWN_FACTS), undefined)
    assert.equal(await configOf(MODULE_PLAN, KNOWN_FACTS), undefined)
    assert.deepEqual(await configOf(MODULE_PLAN, KNOWN_FACTS_AND_CONFIG), body)
    assert.equal(await configOf(forContainerd, WASM_TYPED_LAYERS), undefined)
  })
})
