import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FACTS_BYTES, NAME_BYTES, NESTING } from '../../../src/wasm/read/bounds.ts'
import type { BlobFacts } from '../../../src/wasm/read/facts.ts'
import { bytes, component, core, custom, leb, list, name, section } from '../build/bytes.ts'
import { coreModule } from '../build/core-module.ts'
import { read, readWasm } from '../build/read.ts'

const jsonBytes = (facts: BlobFacts) => Buffer.byteLength(JSON.stringify(facts))
const many = <T>(count: number, one: T): T[] => Array<T>(count).fill(one)

describe('bounds', () => {
  it('bounds keep the first entries of a list and count all', () => {
    const entries = Array.from({ length: 20_000 }, (_, index) => [name(`f${index}`), 0, 0])
    const { exports } = readWasm(core(section(7, leb(20_000), entries)))
    assert.equal(exports.total, 20_000)
    assert.ok(exports.items.length > 500, String(exports.items.length))
    assert.deepEqual(
      exports.items.map((entry) => entry.name),
      Array.from({ length: exports.items.length }, (_, index) => `f${index}`),
    )
  })

  it('bounds cut long names between characters', () => {
    const long = 'ü'.repeat(300)
    const { imports, metadata } = readWasm(
      coreModule({
        imports: [
          [`x${long}`, 'a'.repeat(NAME_BYTES), '()->()'],
          ['a'.repeat(NAME_BYTES + 1), 'end', '()->()'],
        ],
        more: [custom('description', 'd'.repeat(100_000))],
      }),
    )
    const [first, second] = imports.items
    assert.equal(first?.module, `x${'ü'.repeat(255)}…`)
    assert.equal(first.name, 'a'.repeat(NAME_BYTES))
    assert.equal(second?.module, `${'a'.repeat(NAME_BYTES)}…`)
    assert.equal(second.name, 'end')
    assert.equal(metadata.description, `${'d'.repeat(NAME_BYTES)}…`)
  })

  it('bounds keep the facts below 256 KiB, whatever they are made of', () => {
    for (const text of ['\u0001'.repeat(600), '€'.repeat(200), 'a']) {
      const unique = Array.from({ length: 700 }, (_, index) => name(`${index}:${text}/${index}`))
      const producer = [name(text), list([name(text), name(text)])]
      const customs = [
        ...unique.map((entry) => section(0, entry)),
        ...['description', 'authors', 'licenses', 'source', 'homepage', 'revision', 'version'].map(
          (entry) => custom(entry, text),
        ),
        custom('producers', list(...many(500, producer))),
        custom('target_features', list(...many(500, ['+', name(text)]))),
        ...many(100, custom(`component-type${text}`)),
        custom('name', 0, leb(1), name(text)),
        custom('sourceMappingURL', name(text)),
        custom('external_debug_info', name(text)),
        ...many(100, custom('producers', leb(9))),
      ]
      const module = core(
        section(2, list(...unique.map((entry) => [entry, entry, 0, 0]))),
        section(2, list(...unique.map((entry) => [name(`wasi:${text}`), entry, 2, 0, 1]))),
        section(7, list(...unique.map((entry) => [entry, 0, 0]))),
        customs,
        many(100, section(99)),
      )
      const named = custom('component-name', 0, leb(1), name(text))
      const made = custom('producers', list(...many(50, producer)))
      const whole = component(
        section(10, list(...unique.map((entry) => [0, entry, 1, 0]))),
        section(11, list(...unique.map((entry) => [0, entry, 1, 0, 0]))),
        many(300, section(4, component(named, made))),
        customs,
      )
      const declared = unique.map((entry) => [4, 0, entry, 5, 0])
      const wit = component(
        section(7, list([0x41, list(...declared)])),
        section(11, list([0, name('x'), 3, 0, 0])),
        customs,
      )
      for (const file of [module, whole, wit]) {
        const size = jsonBytes(read(file))
        assert.ok(size <= FACTS_BYTES, `${size} bytes`)
      }
      if (text === 'a') assert.equal(readWasm(wit).wit?.interfaces.total, 700)
    }
  })

  it('bounds end the descent into nested components', () => {
    let bomb = component()
    for (let depth = 0; depth < 5000; depth++) bomb = component(section(4, bomb))
    const facts = readWasm(bomb)
    assert.equal(facts.nested.total, NESTING)
    assert.deepEqual(
      facts.partlyRead.items.map(({ part, why }) => [part, why]),
      [['nested', 'bound']],
    )
    assert.equal(facts.damage, undefined)
  })

  it('bounds end the descent into types', () => {
    const types = component(section(7, leb(1), many(10_000, [0x41, 1, 1]), 0x7f))
    assert.deepEqual(
      readWasm(types).partlyRead.items.map(({ part, why }) => [part, why]),
      [['wit', 'not-understood']],
    )
  })

  it('bounds end the reading of more parts than anyone needs, within seconds', () => {
    const bombs = [
      bytes(core(), Buffer.alloc(8 << 20, bytes(99, 0))),
      core(section(2, leb(2 ** 32 - 1), Buffer.alloc(12 << 20, bytes(0, 0, 0, 0)))),
      component(section(10, leb(2 ** 32 - 1), Buffer.alloc(12 << 20, bytes(0, 1, 'a', 1, 0)))),
      bytes(component(), Buffer.alloc(8 << 20, section(1, core()))),
    ]
    for (const [index, bomb] of bombs.entries()) {
      const before = performance.now()
      const facts = read(bomb, 65_536)
      const took = performance.now() - before
      assert.ok(took < 10_000, `${index}: ${took} ms`)
      const { total, items } = facts.wasm!.partlyRead
      const cut = items.some(({ why }) => why === 'bound') || total > items.length
      assert.ok(cut, `bomb ${index} was read whole`)
      assert.equal(facts.wasm?.damage, undefined)
      assert.ok(jsonBytes(facts) <= FACTS_BYTES)
    }
  })

  it('bounds reach as far as engines do: a million types, 100,000 imports and exports', () => {
    const types = section(1, leb(1_000_000), Buffer.alloc(3_000_000, bytes(0x60, 0, 0)))
    const imports = section(
      2,
      leb(100_000),
      Buffer.alloc(600_000, bytes(name('e'), name('f'), 0, 0)),
    )
    const exports = section(7, leb(100_000), Buffer.alloc(400_000, bytes(name('g'), 0, 0)))
    const facts = readWasm(core(types, imports, exports))
    assert.deepEqual([facts.imports.total, facts.exports.total], [100_000, 100_000])
    assert.equal(facts.partlyRead.total, 0)
    assert.equal(facts.exports.items[0]?.type, '()->()')
  })

  it('bounds keep the signatures of 262,144 functions, and say that there are more', () => {
    const functions = section(3, leb(300_000), new Uint8Array(300_000))
    const last = [name('last'), 0, leb(299_999)]
    const types = section(1, list([0x60, 0, 0]))
    const facts = readWasm(core(types, functions, section(7, list([name('first'), 0, 0], last))))
    assert.deepEqual(facts.exports.items, [
      { name: 'first', kind: 'function', type: '()->()' },
      { name: 'last', kind: 'function' },
    ])
    assert.deepEqual(facts.partlyRead.items[0]?.part, 'functions')
  })

  it('bounds hold little of a file with everything in it', () => {
    const signature = (index: number) => {
      const codes = Array.from({ length: 16 }, (_, bit) => ((index >> bit) & 1 ? 0x7f : 0x7e))
      return [0x60, list(...codes), 0]
    }
    const types = Array.from({ length: 65_536 }, (_, index) => signature(index))
    const functions = new Uint8Array(262_144)
    const file = core(section(1, leb(65_536), types), section(3, leb(262_144), functions))
    const reading = () => readWasm(file)
    reading()
    globalThis.gc?.()
    const before = process.memoryUsage()
    const facts = reading()
    const after = process.memoryUsage()
    const grown = after.arrayBuffers - before.arrayBuffers
    assert.ok(grown < 2 << 20, `${grown} bytes of arrays`)
    assert.equal(facts.partlyRead.items[0]?.part, 'functions')
  })
})
