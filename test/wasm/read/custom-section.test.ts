import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { core, custom, leb, list, name, type Part, producers } from '../build/bytes.ts'
import { readWasm } from '../build/read.ts'

const facts = (...sections: readonly Part[]) => readWasm(core(sections))

describe('custom sections', () => {
  it('custom sections are listed under their own names', () => {
    const found = facts(custom('a', 'xyz'), custom(''), custom('ünicode')).sections
    assert.deepEqual(
      found.items.map((section) => [section.id, section.name, section.size, section.offset]),
      [
        [0, 'a', 5, 10],
        [0, '', 1, 17],
        [0, 'ünicode', 9, 20],
      ],
    )
  })

  it('custom sections say who made the module', () => {
    const made = facts(producers(['language', 'Rust', ''], ['processed-by', 'rustc', '1.95.0']))
    assert.deepEqual(made.producers.items, [
      { field: 'language', name: 'Rust', version: '' },
      { field: 'processed-by', name: 'rustc', version: '1.95.0' },
    ])
  })

  it('custom sections name it', () => {
    assert.equal(facts(custom('name', 0, leb(4), name('mod'))).name, 'mod')
    const functions = facts(custom('name', 1, leb(1), 0))
    assert.equal(functions.name, undefined)
    assert.equal(functions.debug.names, 3)
    assert.equal(facts(custom('name')).partlyRead.total, 0)
  })

  it('custom sections describe it in the words of the OCI annotations', () => {
    const { metadata } = facts(
      custom('description', 'adds a header'),
      custom('licenses', 'Apache-2.0'),
      custom('version', '1.2.3'),
      custom('toString', 'no metadata'),
    )
    assert.deepEqual(metadata, {
      description: 'adds a header',
      licenses: 'Apache-2.0',
      version: '1.2.3',
    })
  })

  it('custom sections tell features, debug information and compiled code', () => {
    const found = facts(
      custom('target_features', list(['+', name('simd128')], ['-', name('atomics')])),
      custom('.debug_info', 'x'.repeat(100)),
      custom('.debug_line', 'x'.repeat(20)),
      custom('sourceMappingURL', name('module.wasm.map')),
      custom('external_debug_info', name('module.debug.wasm')),
      custom('precompiled_wee8_v13.0_linux', 'x'.repeat(7)),
    )
    assert.deepEqual(found.targetFeatures.items, ['+simd128', '-atomics'])
    assert.deepEqual(found.debug, {
      dwarf: 120,
      names: 0,
      sourceMap: 'module.wasm.map',
      external: 'module.debug.wasm',
    })
    assert.equal(found.precompiled, 7)
  })

  it('custom sections tell what is not linked, and what was to be wrapped', () => {
    assert.equal(facts(custom('linking')).linking, 'object-file')
    assert.equal(facts(custom('reloc.CODE')).linking, 'object-file')
    assert.equal(facts(custom('dylink.0')).linking, 'dynamic-library')
    assert.equal(facts(custom('linking'), custom('dylink.0')).linking, 'object-file')
    assert.equal(facts().linking, undefined)
    const wrapped = facts(custom('component-type:wit-bindgen:0.31.0:a:b:world:encoded world'))
    assert.deepEqual(wrapped.wrapped.items, [
      'component-type:wit-bindgen:0.31.0:a:b:world:encoded world',
    ])
  })

  it('custom sections may contain nonsense without being damage', () => {
    const found = facts(
      custom('producers', leb(1000)),
      custom('target_features', list(['+', leb(99)])),
      custom('name', 0, leb(99), leb(99), 'x'),
      custom('sourceMappingURL'),
      custom('constructor', 1),
    )
    assert.equal(found.damage, undefined)
    assert.equal(found.partlyRead.total, 4)
    assert.equal(found.sections.total, 5)
  })

  it('custom sections take wrong UTF-8 as replacement characters', () => {
    const wrong = Uint8Array.from([0xff, 0x41])
    assert.equal(facts(custom('name', 0, leb(3), name(wrong))).name, '\ufffdA')
    assert.equal(facts(custom('version', '\ufeff1')).metadata.version, '\ufeff1')
  })
})
