import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { askV8 } from './build/v8.ts'
import { assertAgreesWithV8 } from './build/agree.ts'
import { bytes, component, custom, list, name } from './build/bytes.ts'
import { coreModule, proxyModule } from './build/core-module.ts'
import { command, filter } from './build/conventions.ts'
import { readWasm } from './build/read.ts'

const MODULES = join(import.meta.dirname, '..', '..', 'node_modules')

interface Sample {
  readonly path: string
  readonly sha256: string
  readonly producers: readonly string[]
  readonly features: readonly string[]
}

/**
 * Small npm packages of pinned versions, of different toolchains; who made them is what wasm-tools
 * metadata show says.
 */
const CORPUS: readonly Sample[] = [
  {
    path: 'source-map/lib/mappings.wasm',
    sha256: '37cefcf2a41eb27127de929980441657b7443c3fecfe7adeb69b1eb2e45e2abe',
    producers: [
      'language Rust',
      'processed-by rustc 1.66.0-nightly (a24a020e6 2022-10-18)',
      'processed-by walrus 0.12.0',
      'processed-by wasm-snip 0.4.0',
    ],
    features: [],
  },
  {
    path: '@foxglove/wasm-lz4/dist/wasm-lz4.wasm',
    sha256: '5c271c2037e043412df7d4620595bcee14caaac114ac8224535b3f79a8581568',
    producers: [],
    features: [],
  },
  {
    path: '@cwasm/webp/webp.wasm',
    sha256: 'b0bc0f19c589f0d7f27cd98191bc113d0779108a10f38538f466cea4985c480e',
    producers: [],
    features: [],
  },
  {
    path: '@dprint/json/plugin.wasm',
    sha256: '07316f98ceda3761d31569795d82b8a104cb078e54e46fb542c2a81728bc48f1',
    producers: ['language Rust', 'processed-by rustc 1.95.0 (59807616e 2026-04-14)'],
    features: [
      '+bulk-memory',
      '+bulk-memory-opt',
      '+call-indirect-overlong',
      '+multivalue',
      '+mutable-globals',
      '+nontrapping-fptoint',
      '+reference-types',
      '+sign-ext',
    ],
  },
]

describe('the reader agrees with V8', () => {
  for (const { path, sha256, producers, features } of CORPUS) {
    it(path, () => {
      const file = readFileSync(join(MODULES, path))
      assert.equal(createHash('sha256').update(file).digest('hex'), sha256)
      const facts = readWasm(file)
      assertAgreesWithV8(file, facts)
      assert.deepEqual(
        facts.producers.items.map((one) => `${one.field} ${one.name} ${one.version}`.trim()),
        producers,
      )
      assert.deepEqual(facts.targetFeatures.items, features)
    })
  }

  const built: Readonly<Record<string, Uint8Array>> = {
    filter,
    command,
    'every kind of import': coreModule({
      imports: [
        ['a', 'f', '(i32,i64,f32,f64)->f64'],
        ['a', 'g', 'global'],
        ['a', 't', 'table'],
        ['a', 'm', 'memory'],
      ],
      memory: false,
      functions: { f: '()->i32' },
    }),
    'names of all kinds': coreModule({
      imports: [
        ['', '', '()->()'],
        ['ü', '\ufeffx', '()->()'],
        ['a\0b', '"\n', '()->()'],
      ],
      functions: { '': '()->()', '€': '()->()', ['x'.repeat(500)]: '()->()' },
    }),
    'custom sections': proxyModule({
      more: [
        custom('a'),
        custom('a', 'x'),
        custom('', 'y'),
        custom('name', 9, 9),
        custom('x'.repeat(200), list(name('z'))),
      ],
    }),
  }
  for (const [title, file] of Object.entries(built)) {
    it(title, () => {
      const facts = readWasm(file)
      // The content of a custom section has no meaning to V8.
      const items = facts.partlyRead.items.filter(({ part }) => part !== 'custom')
      assertAgreesWithV8(file, { ...facts, partlyRead: { total: items.length, items } })
    })
  }

  it('the reader agrees with V8 where V8 sees damage', () => {
    for (const file of [
      filter.subarray(0, -1),
      bytes(filter, 0),
      bytes(filter, filter),
      filter.with(4, 2),
      component(),
    ]) {
      assert.throws(() => askV8(file), /expected|extends|reached|unknown|order/)
    }
  })
})
