import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { describe, it } from 'node:test'
import { classify, type Content } from '../../../src/wasm/read/content.ts'
import { bytes } from '../build/bytes.ts'
import { coreModule } from '../build/core-module.ts'
import { read } from '../build/read.ts'

const wasm = coreModule()
const tar = new Uint8Array(512)
tar.set(bytes('filter.wasm'))
tar.set(bytes('ustar  '), 257)

const CASES: readonly [Content, Uint8Array | string][] = [
  ['wasm', wasm],
  ['wasm', bytes('\0asm')],
  ['empty', ''],
  ['gzip', gzipSync(wasm)],
  ['zstd', bytes(0x28, 0xb5, 0x2f, 0xfd, 4)],
  ['bzip2', 'BZh91AY'],
  ['xz', bytes(0xfd, '7zXZ', 0)],
  ['zip', bytes('PK', 3, 4)],
  ['tar', tar],
  ['wat', '(module)'],
  ['wat', ';; a comment\n(; and (; another ;) ;)\n  ( component (core module))'],
  ['elf', bytes(0x7f, 'ELF', 2)],
  ['mach-o', bytes(0xcf, 0xfa, 0xed, 0xfe)],
  ['pe', bytes('MZ', 0x90, 0)],
  ['html', '\n<!DOCTYPE html><title>404</title>'],
  ['html', '<!-- saved --><HTML>'],
  ['git-lfs-pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n'],
  ['json', '{}'],
  ['json', ' [1]'],
  ['json', '{\n "type": "envoy_proxy"}'],
  ['base64', Buffer.from(wasm).toString('base64')],
  ['script', '#!/bin/sh\n'],
  ['text', 'hello (module)\n'],
  ['text', `${'ü'.repeat(255)}xü and more`],
  ['unknown', bytes(1, 2, 3)],
  ['unknown', bytes('\0as')],
  ['unknown', bytes('text', 0)],
  ['unknown', bytes(0xff, 0xfe, 'x')],
]

describe('content', () => {
  for (const [content, file] of CASES) {
    const given = typeof file === 'string' ? bytes(file) : file
    it(`content ${content}: ${JSON.stringify(Buffer.from(given.subarray(0, 24)).toString('latin1'))}`, () => {
      assert.equal(classify(given.subarray(0, 512)), content)
      const facts = read(given, 3)
      assert.deepEqual([facts.content, facts.size], [content, given.length])
      assert.equal(facts.wasm !== undefined, content === 'wasm')
    })
  }

  it('content takes no time to be seen in hostile text', () => {
    for (const text of ['(;', ';;', '( ', '<!--', ' ', '(;;)']) {
      const before = performance.now()
      classify(bytes(text.repeat(512 / text.length)))
      assert.ok(performance.now() - before < 100, text)
    }
  })
})
