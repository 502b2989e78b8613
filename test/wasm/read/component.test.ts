import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { bytes, component, custom, leb, list, name, producers, section } from '../build/bytes.ts'
import { coreModule } from '../build/core-module.ts'
import { read, readWasm } from '../build/read.ts'

// Made with wit-component 0.259.0 (jco 1.35.0: componentEmbed with a dummy module, componentNew)
// from calculator.wit; the WIT package is the section component-type of the embedded module.
const fixture = (file: string) =>
  readFileSync(join(import.meta.dirname, '..', 'fixtures', `calculator.${file}.wasm`))

const instance = (text: string) => [0, name(text), 5, 0]

describe('components', () => {
  it('components name what they import and export, with versions, in the three ways to write a name', () => {
    const facts = readWasm(
      component(
        section(
          10,
          list(
            instance('wasi:http/types@0.2.0'),
            [1, name('wasi:io/streams@0.2.0'), 5, 0],
            [2, name('log'), list([1, name('x')], [2, name('y')]), 1, 3],
            [0, name('m'), 0, 0x11, 0],
            [0, name('t'), 3, 0, 4],
            [0, name('r'), 3, 1],
            [0, name('v'), 2, 1, 0x73],
            [0, name('docs:adder/add@1.0.0-rc.1+b'), 4, 0],
          ),
        ),
        section(
          11,
          list(
            [0, name('wasi:http/incoming-handler@0.2.0'), 5, 0, 0],
            [0, name('run'), 1, leb(300), 1, 1, 0],
            [0, name('module'), 0, 0x11, 0, 0],
          ),
        ),
      ),
    )
    assert.equal(facts.kind, 'component')
    assert.deepEqual([facts.version, facts.layer], [13, 1])
    assert.deepEqual(facts.partlyRead.items, [])
    assert.deepEqual(
      facts.imports.items.map((entry) => `${entry.kind} ${entry.name}`),
      [
        'instance wasi:http/types@0.2.0',
        'instance wasi:io/streams@0.2.0',
        'func log',
        'module m',
        'type t',
        'type r',
        'value v',
        'component docs:adder/add@1.0.0-rc.1+b',
      ],
    )
    assert.deepEqual(
      facts.exports.items.map((entry) => `${entry.kind} ${entry.name}`),
      ['instance wasi:http/incoming-handler@0.2.0', 'func run', 'module module'],
    )
    assert.equal(facts.entry, 'wasi:http/incoming-handler@0.2.0')
    assert.deepEqual(facts.packages.items, [
      'wasi:http@0.2.0',
      'wasi:io@0.2.0',
      'docs:adder@1.0.0-rc.1+b',
    ])
    assert.deepEqual(facts.wasi.items, [
      'wasi:http/types@0.2.0',
      'wasi:io/streams@0.2.0',
      'wasi:http/incoming-handler@0.2.0',
    ])
  })

  it('components say of what is nested in them who made it, and nothing else', () => {
    const innermost = coreModule({ more: [producers(['language', 'C', '17'])] })
    const inner = component(
      section(1, innermost),
      custom('component-name', 0, leb(6), name('inner')),
      section(10, list(instance('wasi:io/poll@0.2.0'))),
    )
    const module = coreModule({
      functions: { malloc: '(i32)->i32' },
      more: [custom('name', 0, leb(2), name('m')), producers(['sdk', 'x', '1'], ['sdk', 'y', '2'])],
    })
    const facts = readWasm(
      component(section(1, module), section(4, inner), producers(['processed-by', 'z', '3'])),
    )
    assert.deepEqual(
      facts.nested.items.map((nested) => ({ ...nested, offset: 0 })),
      [
        {
          kind: 'core-module',
          depth: 1,
          offset: 0,
          size: module.length,
          name: 'm',
          producers: [
            { field: 'sdk', name: 'x', version: '1' },
            { field: 'sdk', name: 'y', version: '2' },
          ],
        },
        { kind: 'component', depth: 1, offset: 0, size: inner.length, name: 'inner' },
        {
          kind: 'core-module',
          depth: 2,
          offset: 0,
          size: innermost.length,
          producers: [{ field: 'language', name: 'C', version: '17' }],
        },
      ],
    )
    assert.deepEqual(facts.producers.items, [{ field: 'processed-by', name: 'z', version: '3' }])
    assert.deepEqual([facts.imports.total, facts.exports.total, facts.memories.total], [0, 0, 0])
    assert.equal(facts.sections.total, 3)
    assert.deepEqual(facts.proxyWasm.allocators, [])
  })

  it('components of wit-component are read whole', () => {
    const facts = readWasm(fixture('component'))
    assert.equal(facts.kind, 'component')
    assert.deepEqual([facts.partlyRead.total, facts.oddities.total], [0, 0])
    assert.deepEqual(facts.imports.items, [
      { name: 'docs:calc/ops@0.1.0', kind: 'instance' },
      { name: 'docs:calc/more@0.1.0', kind: 'instance' },
      { name: 'log', kind: 'func' },
    ])
    assert.deepEqual(facts.exports.items, [{ name: 'docs:calc/ops@0.1.0', kind: 'instance' }])
    // As wasm-tools metadata show counts them: three modules and a component.
    assert.deepEqual(
      facts.nested.items.map(({ kind, size }) => [kind, size]),
      [
        ['core-module', 924],
        ['core-module', 205],
        ['core-module', 206],
        ['component', 467],
      ],
    )
    const made = { field: 'processed-by', name: 'wit-component', version: '0.259.0' }
    assert.deepEqual(facts.producers.items, [made])
    assert.deepEqual(
      facts.nested.items.map((nested) => nested.producers),
      [[made], [made], [made], undefined],
    )
  })

  it('components that only name types are WIT packages', () => {
    const facts = readWasm(fixture('wit'))
    assert.equal(facts.kind, 'wit-package')
    assert.equal(facts.partlyRead.total, 0)
    assert.deepEqual(facts.wit, {
      package: 'docs:calc@0.1.0',
      interfaces: { total: 0, items: [] },
      worlds: { total: 1, items: ['docs:calc/calculator@0.1.0'] },
    })
    const types = section(7, list([0x41, list([4, 0, name('a:b/c@1.0.0'), 5, 0])]))
    const exported = section(11, list([0, name('c'), 3, 0, 0]))
    const one = readWasm(component(types, exported))
    assert.deepEqual(one.wit?.interfaces.items, ['a:b/c@1.0.0'])
    assert.equal(readWasm(component(types)).kind, 'component')
    assert.equal(readWasm(component(section(10, list()), types, exported)).kind, 'component')
  })

  it('components of the format before are told apart', () => {
    const facts = readWasm(bytes('\0asm', 0x0a, 0, 1, 0, 'whatever'))
    assert.equal(facts.kind, 'component-prototype')
    assert.equal(facts.damage, undefined)
    assert.equal(facts.partlyRead.items[0]?.part, 'sections')
  })

  it('components may hold what is not understood', () => {
    const facts = readWasm(
      component(
        section(1, 'not a module'),
        section(10, list([9, name('x')])),
        section(20),
        section(11, list(instance('a')[2]!)),
      ),
    )
    assert.deepEqual(
      facts.partlyRead.items.map(({ part }) => part),
      ['nested', 'imports', 'exports'],
    )
    assert.deepEqual(
      facts.oddities.items.map((oddity) => oddity.section),
      [20],
    )
    assert.equal(facts.damage, undefined)
  })

  it('components are facts of the file even if its modules are cut', () => {
    const cut = coreModule({ functions: { a: '()->()' } }).subarray(0, -4)
    const { wasm } = read(component(section(1, cut), custom('last')))
    assert.equal(wasm?.damage, undefined)
    assert.equal(wasm?.sections.items.at(-1)?.name, 'last')
    assert.equal(wasm?.partlyRead.items[0]?.part, 'nested')
  })
})
