import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Digest } from '../../src/oci/digest.ts'
import type { RepositoryContent } from '../../src/registry/repository-content.ts'
import { derive } from '../../src/wasm/layouts/derive.ts'
import { descriptor, IMAGE } from '../support/manifest-texts.ts'

const MODULE = Buffer.from('\0asm\u0001\0\0\0')
const TYPE = 'application/vnd.module.wasm.content.layer.v1+wasm'
const original = descriptor('an original', IMAGE)
const source = {
  module: descriptor(MODULE, TYPE),
  facts: { reader: 1, size: MODULE.length, content: 'wasm' },
} as unknown as Parameters<typeof derive>[3]

/** A repository that counts how often its module is opened. */
function repository(): { content: RepositoryContent; opened: () => number } {
  let opened = 0
  const stored = new Set([source.module.digest])
  const content = {
    blob: async (digest: string) =>
      stored.has(digest) && {
        size: MODULE.length,
        open: async () => {
          opened++
          return [MODULE]
        },
      },
    addBlob: async (digest: Digest, chunks: AsyncIterable<Uint8Array>) => {
      for await (const _ of chunks);
      stored.add(digest)
    },
  } as unknown as RepositoryContent
  return { content, opened: () => opened }
}

describe('a layout that is asked for again', () => {
  it('L11: is not made again, unless its blobs are missing', async () => {
    const first = repository()
    const made = await derive(first.content, 'compat', original, source)
    const reads = first.opened()
    assert.ok(reads > 0)
    for (let again = 0; again < 3; again++) {
      const same = await derive(first.content, 'compat', original, source)
      assert.deepEqual(same.bytes, made.bytes)
    }
    assert.equal(first.opened(), reads)
    const other = repository()
    assert.equal((await derive(other.content, 'compat', original, source)).digest, made.digest)
    assert.equal(other.opened(), reads)
  })
})
