import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { digestOf } from '../../../src/oci/digest.ts'
import { FACTS_BYTES } from '../../../src/wasm/read/bounds.ts'
import { READER_VERSION } from '../../../src/wasm/read/facts.ts'
import { decodeFacts, encodeFacts } from '../../../src/wasm/live/facts-codec.ts'
import { WasmObserver } from '../../../src/wasm/live/observer.ts'
import { contentOf } from '../../support/artifact.ts'
import { bodyOf } from '../../support/in-process-access.ts'
import { openTestRegistry } from '../../support/test-registry.ts'
import { filter } from '../build/conventions.ts'
import { coreModule } from '../build/core-module.ts'
import { read } from '../build/read.ts'

const observer = () => new WasmObserver((name) => ({ mode: name === 'off' ? 'off' : 'warn' }))
const large = Buffer.concat([
  filter,
  Buffer.from([0, 0x80, 0x80, 4, 1, 0x78]),
  Buffer.alloc(65_534),
])
const blob = contentOf(large)
const open = () => openTestRegistry({ observer: observer() })

describe('facts found by the observer', () => {
  it('are found while a blob arrives, whole or in pieces, and are stored in the batch that links it', async () => {
    const { registry, storage, rows } = await open()
    await registry.uploads.put('a', blob.digest, bodyOf(large))
    assert.deepEqual(decodeFacts(await storage.index.facts.get(blob.digest)), { file: read(large) })
    const small = contentOf(coreModule({ functions: { f: '()->()' } }))
    const { id } = await registry.uploads.start('a')
    const half = small.bytes.length >> 1
    await registry.uploads.append('a', id, { body: bodyOf(small.bytes.subarray(0, half)) })
    const before = rows.writes
    await registry.uploads.finish('a', id, small.digest, {
      body: bodyOf(small.bytes.subarray(half)),
    })
    assert.equal(rows.writes - before, 1)
    const found = decodeFacts(await storage.index.facts.get(small.digest))
    assert.deepEqual(found, { file: read(small.bytes) })
  })

  it('cover all bytes of an upload that continues after a restart', async () => {
    const first = await open()
    const { id } = await first.registry.uploads.start('a')
    await first.registry.uploads.append('a', id, { body: bodyOf(large.subarray(0, 40_000)) })
    const { registry, storage } = await first.restart()
    await registry.uploads.finish('a', id, blob.digest, { body: bodyOf(large.subarray(40_000)) })
    assert.deepEqual(decodeFacts(await storage.index.facts.get(blob.digest)), { file: read(large) })
  })

  it('are the kind of content and the size for a blob that is not Wasm', async () => {
    const { registry, storage } = await open()
    for (const [text, content] of [
      ['', 'empty'],
      ['<!DOCTYPE html>', 'html'],
      ['\u0000as', 'unknown'],
      ['x'.repeat(100_000), 'text'],
    ] as const) {
      const bytes = Buffer.from(text)
      await registry.uploads.put('a', digestOf(bytes), bodyOf(bytes))
      const { file } = decodeFacts(await storage.index.facts.get(digestOf(bytes)))
      assert.deepEqual([file?.content, file?.size, file?.wasm], [content, bytes.length, undefined])
    }
  })

  it('are not stored under a policy with mode off', async () => {
    const { registry, storage } = await open()
    await registry.uploads.put('off', blob.digest, bodyOf(large))
    assert.equal(await storage.index.facts.get(blob.digest), undefined)
  })

  it('are ignored if another version of the reader found them', () => {
    const { reader, ...facts } = read(filter)
    assert.deepEqual(decodeFacts(encodeFacts({ file: { reader: reader + 1, ...facts } })), {})
    assert.equal(decodeFacts(encodeFacts({ file: read(filter) })).file?.reader, READER_VERSION)
    assert.deepEqual(decodeFacts(undefined), {})
  })

  it('are not encoded beyond their bound', () => {
    const facts = read(filter)
    const text = { content: 'x'.repeat(FACTS_BYTES) as 'text' }
    assert.equal(encodeFacts({ file: { ...facts, ...text } }), undefined)
  })
})

describe('the observer', () => {
  it('reads at most 32 Wasm files at a time, and more once those are finished or abandoned', () => {
    const watching = observer()
    const begin = () => {
      const watch = watching.watch('a')!
      watch.update(filter.subarray(0, 20))
      return watch
    }
    const [first, second, ...others] = Array.from({ length: 32 }, begin)
    assert.equal(begin().finish(blob.digest), undefined)
    const text = watching.watch('a')!
    text.update(Buffer.from('a text'))
    assert.equal(decodeFacts(text.finish(blob.digest)).file?.content, 'text')
    first!.abandon()
    first!.abandon()
    second!.update(filter.subarray(20))
    assert.ok(second!.finish(blob.digest))
    const more = [begin(), begin()]
    for (const watch of [...others, ...more]) assert.ok(watch.finish(blob.digest))
    assert.equal(
      Array.from({ length: 33 }, begin).filter((watch) => watch.finish(blob.digest)).length,
      32,
    )
  })
})
