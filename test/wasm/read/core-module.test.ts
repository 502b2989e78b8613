import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { core, leb, list, name, section } from '../build/bytes.ts'
import { coreModule, proxyModule } from '../build/core-module.ts'
import { readWasm } from '../build/read.ts'

describe('core modules', () => {
  it('core modules are read for what they import, export and have', () => {
    const facts = readWasm(
      coreModule({
        imports: [
          ['env', 'log', '(i32,i64)->i32'],
          ['env', 'table', 'table'],
          ['env', 'count', 'global'],
        ],
        functions: { run: '(f32,f64)->()', _start: '()->()' },
        exports: { memory: 'memory' },
      }),
    )
    assert.equal(facts.kind, 'core-module')
    assert.deepEqual([facts.version, facts.layer], [1, 0])
    assert.deepEqual(facts.imports, {
      total: 3,
      items: [
        { module: 'env', name: 'log', kind: 'function', type: '(i32,i64)->i32' },
        { module: 'env', name: 'table', kind: 'table' },
        { module: 'env', name: 'count', kind: 'global' },
      ],
    })
    assert.deepEqual(facts.exports, {
      total: 3,
      items: [
        { name: 'run', kind: 'function', type: '(f32,f64)->()' },
        { name: '_start', kind: 'function', type: '()->()' },
        { name: 'memory', kind: 'memory' },
      ],
    })
    assert.deepEqual(facts.memories.items, [
      { min: 1, imported: false, shared: false, memory64: false },
    ])
    assert.deepEqual(
      facts.sections.items.map((found) => found.name),
      ['type', 'import', 'function', 'memory', 'export', 'code'],
    )
    assert.deepEqual(facts.sections.items[0], { id: 1, name: 'type', size: 15, offset: 10 })
    assert.equal(facts.entry, '_start')
    assert.equal(facts.damage, undefined)
    assert.deepEqual([facts.partlyRead.total, facts.oddities.total], [0, 0])
  })

  it('core modules tell which marker and allocators they export as functions', () => {
    const facts = readWasm(
      coreModule({
        functions: {
          proxy_abi_version_0_3_0: '()->()',
          proxy_abi_version_0_2_1: '()->()',
          malloc: '(i64)->i32',
          _initialize: '()->()',
          _start: '()->()',
        },
        exports: { proxy_abi_version_0_1_0: 'global', proxy_on_memory_allocate: 'global' },
      }),
    )
    assert.deepEqual(facts.proxyWasm, {
      markers: ['proxy_abi_version_0_3_0', 'proxy_abi_version_0_2_1'],
      allocators: [{ name: 'malloc', type: '(i64)->i32' }],
    })
    assert.equal(facts.entry, '_initialize')
  })

  it('core modules show their family by their imports and exports', () => {
    const cases: [imports: [string, string][], functions: string[], hostHints: string[]][] = [
      [[['env', 'proxy_log']], [], ['proxy-wasm']],
      [[['env', 'proxy_redis_call']], [], ['higress']],
      [[], ['proxy_abi_version_0_2_100'], ['higress']],
      [[['gojs', 'runtime.wasmExit']], [], ['go-js']],
      [[['env', 'syscall/js.valueGet']], [], ['go-js']],
      [[['__wbindgen_placeholder__', 'x']], [], ['wasm-bindgen']],
      [[['env', 'emscripten_resize_heap']], [], ['emscripten']],
      [[['env', 'HaveOffsetConverter']], [], ['emscripten']],
      [[['extism:host/env', 'input_length']], [], ['extism']],
      [[['http_handler', 'get_uri']], [], ['http-wasm']],
      [[['wapc', '__host_call']], ['__guest_call'], ['wapc']],
      [[['env', 'opa_abort']], ['opa_eval'], ['opa']],
      [[['env', 'abort']], [], ['assemblyscript']],
      [[['__proto__', 'constructor']], ['toString'], []],
    ]
    for (const [imports, functions, hostHints] of cases) {
      const exported = Object.fromEntries(functions.map((text) => [text, '()->()']))
      const facts = readWasm(coreModule({ imports, functions: exported }))
      assert.deepEqual(facts.hostHints, hostHints, JSON.stringify([imports, functions]))
    }
  })

  it('core modules name the WASI modules that they import, each once', () => {
    const imports = [
      ['wasi_snapshot_preview1', 'fd_write'],
      ['wasi_snapshot_preview1', 'fd_read'],
      ['wasi:cli/stdout@0.2.0', 'get-stdout'],
      ['wasix_32v1', 'x'],
    ] as const
    assert.deepEqual(readWasm(coreModule({ imports })).wasi.items, [
      'wasi_snapshot_preview1',
      'wasi:cli/stdout@0.2.0',
    ])
  })

  it('core modules are read with the newer kinds of types, memories and imports', () => {
    const facts = readWasm(
      core(
        section(
          1,
          list(
            // A recursive group of a structure and an array, a function type that may have
            // subtypes, one with references.
            [0x4e, list([0x5f, list([0x78, 1], [0x63, 0x80, 1, 0])], [0x5e, 0x64, 0x6e, 1])],
            [0x50, list(0), 0x60, list(0x7f), list()],
            [0x60, list(0x6f, [0x63, 0x70]), list(0x7b)],
            [0x60, list(...Array<number>(17).fill(0x7f)), list()],
          ),
        ),
        section(
          2,
          list(
            [name('a'), name('b'), 0, 2],
            // Compact imports: names with a type each, then names with one type.
            [name('c'), name(''), 0x7f, list([name('d'), 0, 3], [name('e'), 3, 0x7f, 1])],
            [name('f'), name(''), 0x7e, 0, 4, list(name('g'), name('h'))],
            [name('i'), name('j'), 4, 0, 2],
            [name('k'), name('l'), 2, 0x0f, leb(3), leb(2 ** 40), leb(0)],
          ),
        ),
      ),
    )
    assert.deepEqual(facts.partlyRead.items, [])
    assert.deepEqual(facts.imports.items, [
      { module: 'a', name: 'b', kind: 'function', type: '(i32)->()' },
      { module: 'c', name: 'd', kind: 'function', type: '(externref,ref)->v128' },
      { module: 'c', name: 'e', kind: 'global' },
      { module: 'f', name: 'g', kind: 'function' },
      { module: 'f', name: 'h', kind: 'function' },
      { module: 'i', name: 'j', kind: 'tag' },
      { module: 'k', name: 'l', kind: 'memory' },
    ])
    assert.deepEqual(facts.memories.items, [
      { min: 3, max: 2 ** 40, imported: true, shared: true, memory64: true },
    ])
  })

  it('core modules are partly read where something is not understood, and go on after it', () => {
    const broken = section(2, list([name('a'), name('b'), 9]))
    const good = section(7, list())
    const facts = readWasm(core(section(1, list([0x11])), broken, good, section(42, 'x')))
    assert.deepEqual(
      facts.partlyRead.items.map(({ part, why }) => [part, why]),
      [
        ['types', 'not-understood'],
        ['imports', 'not-understood'],
      ],
    )
    assert.deepEqual(facts.oddities.items, [{ rule: 'unknown-section', section: 42, offset: 25 }])
    assert.equal(facts.sections.total, 4)
    assert.equal(facts.damage, undefined)
  })

  it('core modules may say less than their section holds', () => {
    const facts = readWasm(core(section(7, list(), 'left over')))
    assert.deepEqual(
      facts.partlyRead.items.map(({ part }) => part),
      ['exports'],
    )
  })

  it('core modules have their sections in order, each once', () => {
    const out = readWasm(core(section(2, list()), section(1, list()), section(2, list())))
    assert.deepEqual(
      out.oddities.items.map(({ rule, section: id }) => [rule, id]),
      [
        ['section-order', 1],
        ['section-order', 2],
      ],
    )
    const tags = readWasm(core(section(5, list()), section(13, list()), section(6, list())))
    assert.equal(tags.oddities.total, 0)
    assert.equal(readWasm(proxyModule()).oddities.total, 0)
  })
})
