import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Digest } from '../../../src/oci/digest.ts'
import type { RepositoryContent } from '../../../src/registry/repository-content.ts'
import { Examiner } from '../../../src/wasm/live/examiner.ts'
import { READER_VERSION } from '../../../src/wasm/read/facts.ts'
import { FreshFacts } from '../../../src/wasm/live/fresh-facts.ts'
import { decodeFacts } from '../../../src/wasm/live/kept-facts.ts'
import { type Effort, Knowledge } from '../../../src/wasm/live/knowledge.ts'
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

/** The content of a repository that holds the first layer of an artifact, and how often its bytes were opened. */
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
            keepFacts: async (facts: Uint8Array) => void (held.facts = facts),
            open: async () => {
              held.opened++
              return new BytesReader(bytes)
            },
          }
        : undefined,
  }
  return { held, content: content as unknown as RepositoryContent }
}

function ask(
  content: RepositoryContent,
  plan: Plan,
  effort: Effort,
  knowledge = new Knowledge(examiner),
) {
  return knowledge.of(content, subject(plan).artifact, effort)
}

const MODULE_PLAN: Plan = { layers: [{ type: MODULE }, { type: MODULE }] }
const image = (more: Partial<Plan> = {}): Plan => ({ layers: [{ type: TAR_GZIP }], ...more })

describe('what is known of an artifact', () => {
  it('is found out once, and kept', async () => {
    const { held, content } = holding(filter)
    for (let times = 0; times < 2; times++) {
      const { blobs } = await ask(content, MODULE_PLAN, 'push')
      assert.deepEqual([...blobs], [[digestOf('0'), read(filter)]])
    }
    assert.deepEqual(decodeFacts(held.facts), { file: read(filter) })
    // Its first bytes, and then all.
    assert.equal(held.opened, 2)
  })

  it('is at hand when the bytes have just come', async () => {
    const fresh = new FreshFacts()
    const watch = new WasmObserver(() => ({ mode: 'warn' }), fresh).watch('a')!
    watch.update(filter)
    watch.finish(digestOf('0') as Digest)
    const { held, content } = holding(filter)
    const knowledge = new Knowledge(examiner, fresh)
    const { blobs } = await ask(content, MODULE_PLAN, 'push', knowledge)
    assert.deepEqual([...blobs], [[digestOf('0'), read(filter)]])
    assert.equal(held.opened, 0)
  })

  it('is found out by one for all who ask at the same time', async () => {
    const { held, content } = holding(filter)
    const knowledge = new Knowledge(examiner)
    await Promise.all(Array.from({ length: 5 }, () => ask(content, MODULE_PLAN, 'push', knowledge)))
    assert.equal(held.opened, 2)
  })

  it('is found out again where the reader is another', async () => {
    const { held, content } = holding(filter)
    const old = { file: { ...read(filter), reader: READER_VERSION - 1 } }
    held.facts = Buffer.from(JSON.stringify(old))
    const { blobs } = await ask(content, MODULE_PLAN, 'ask')
    assert.equal(blobs.get(digestOf('0'))?.reader, READER_VERSION)
    assert.equal(decodeFacts(held.facts).file?.reader, READER_VERSION)
  })

  it('of a file that is no Wasm needs its first bytes alone', async () => {
    const { held, content } = holding(Buffer.alloc(100_000, 'x'))
    const { blobs } = await ask(content, MODULE_PLAN, 'push')
    assert.deepEqual(blobs.get(digestOf('0')), {
      reader: READER_VERSION,
      size: 100_000,
      content: 'text',
    })
    assert.equal(held.opened, 1)
  })

  it('is more or less, by who asks', async () => {
    const opens = async (plan: Plan, effort: Effort) =>
      (await ask(holding(archive).content, plan, effort)).archives.size === 1
    const marked = { annotations: { 'module.wasm.image/variant': 'compat' } }
    const large = image({ layers: [{ type: TAR_GZIP, size: 40 << 20 }] })
    assert.equal(await opens(image(), 'push'), true)
    assert.equal(await opens(large, 'push'), false)
    assert.equal(await opens({ ...large, ...marked }, 'push'), true)
    assert.equal(await opens(large, 'enforce'), true)
    assert.equal(await opens(large, 'ask'), true)
    assert.equal(await opens(image(), 'lies'), false)
    assert.equal(await opens(image(), 'kept'), false)
    const known = await ask(holding(filter).content, MODULE_PLAN, 'kept')
    assert.equal(known.blobs.size, 0)
  })

  it('is not looked for over and over where it cannot be found', async () => {
    const broken = new Examiner()
    await broken.close()
    const knowledge = new Knowledge(broken)
    const { held, content } = holding(filter)
    for (let times = 0; times < 3; times++) {
      const { blobs } = await ask(content, MODULE_PLAN, 'ask', knowledge)
      assert.equal(blobs.size, 0)
    }
    assert.equal(held.opened, 1)
  })
})
