import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ENVOY } from '../../../src/wasm/consumers/envoy.ts'
import { HIGRESS } from '../../../src/wasm/consumers/higress.ts'
import type { RuleId } from '../../../src/wasm/consumers/consumer.ts'
import { PROXY_WASM_ABIS } from '../../../src/wasm/consumers/shared/proxy-wasm-abi.ts'
import { bytes, component, core, custom, leb, name, section } from '../build/bytes.ts'
import { coreModule, type Plan, proxyModule } from '../build/core-module.ts'
import { read } from '../build/read.ts'

const LAYER = { mediaType: 'application/wasm', digest: 'sha256:0', size: 0 }
const CORRUPTED = 'Failed to parse corrupted Wasm module'
const NO_ABI = 'Missing or unknown Proxy-Wasm ABI version'
const MISSING = 'Failed to load Wasm module due to a missing import: '
const V010 = 'proxy_abi_version_0_1_0'
const callback = (type: string): Plan => ({ functions: { proxy_on_request_headers: type } })
const imports = (...entries: NonNullable<Plan['imports']>): Plan => ({ imports: entries })
const module = proxyModule()
const unmarked = coreModule({ functions: { _start: '()->()' } })

/**
 * The error of Envoy 1.40.0 with V8 for each, run for this table; undefined where it served
 * requests.
 */
const SAID: readonly (readonly [
  title: string,
  file: Uint8Array,
  rule?: RuleId,
  words?: string,
  either?: string,
])[] = [
  ['a module with everything', module],
  ['ABI 0_1_0', proxyModule({}, V010)],
  ['ABI 0_3_0', proxyModule({}, 'proxy_abi_version_0_3_0'), 'abi', NO_ABI],
  [
    'ABI 0_3_0, then 0_2_1',
    proxyModule({ functions: { proxy_abi_version_0_2_1: '()->()' } }, 'proxy_abi_version_0_3_0'),
  ],
  [
    'ABI 0_2_1, then 0_1_0 with what only that has',
    proxyModule({
      functions: { [V010]: '()->()' },
      ...imports(['env', 'proxy_clear_route_cache', '()->i32']),
    }),
    'missing-import',
    `${MISSING}env.proxy_clear_route_cache`,
  ],
  [
    'a marker that is a global',
    coreModule({ exports: { proxy_abi_version_0_2_1: 'global' } }),
    'abi',
    NO_ABI,
  ],
  ['a WASI command', unmarked, 'abi', NO_ABI],
  [
    'no allocator',
    coreModule({ functions: { proxy_abi_version_0_2_1: '()->()' } }),
    'allocator',
    'Wasm module is missing malloc function.',
  ],
  [
    'the other allocator',
    coreModule({
      functions: { proxy_abi_version_0_2_1: '()->()', proxy_on_memory_allocate: '(i32)->i32' },
    }),
  ],
  [
    'an allocator of another type',
    proxyModule({ functions: { malloc: '(i64)->i32' } }),
    'function-type',
    'Bad function signature for: malloc, want: i32 -> i32, but the module exports: i64 -> i32',
  ],
  [
    'two allocators, the second of another type',
    proxyModule({ functions: { proxy_on_memory_allocate: '(i64)->()' } }),
  ],
  [
    'an allocator that is a global',
    coreModule({ functions: { proxy_abi_version_0_2_1: '()->()' }, exports: { malloc: 'global' } }),
    'allocator',
    'Wasm module is missing malloc function.',
  ],
  [
    'a callback of another type',
    proxyModule(callback('(i32,i32)->i32')),
    'function-type',
    'Bad function signature for: proxy_on_request_headers, want: i32 i32 i32 -> i32, but the module exports: i32 i32 -> i32',
  ],
  [
    'a callback of another ABI',
    proxyModule(callback('(i32,i32,i32)->i32'), V010),
    'function-type',
    'Bad function signature for: proxy_on_request_headers, want: i32 i32 -> i32, but the module exports: i32 i32 i32 -> i32',
  ],
  [
    'a start of another type',
    proxyModule({ functions: { _start: '(i32)->()' } }),
    'function-type',
    'Bad function signature for: _start, want: void -> void, but the module exports: i32 -> void',
  ],
  [
    'a start of another type that is not called',
    proxyModule({ functions: { _start: '(i32)->()', _initialize: '()->()' } }),
  ],
  ['a main that is not called', proxyModule({ functions: { main: '(i64)->()' } })],
  [
    'a main that is called',
    proxyModule({ functions: { main: '(i64)->()', _initialize: '()->()' } }),
    'function-type',
    'Bad function signature for: main, want: i32 i32 -> i32, but the module exports: i64 -> void',
  ],
  [
    'a missing import',
    proxyModule(imports(['env', 'proxy_nope'])),
    'missing-import',
    `${MISSING}env.proxy_nope`,
  ],
  [
    'two missing imports',
    proxyModule(imports(['env', 'a'], ['env', 'b'])),
    'missing-import',
    `${MISSING}env.a`,
  ],
  [
    'an import that only Higress has',
    proxyModule(imports(['env', 'proxy_redis_call'])),
    'missing-import',
    `${MISSING}env.proxy_redis_call`,
  ],
  [
    'a global import',
    proxyModule(imports(['env', 'g', 'global'])),
    'missing-import',
    `${MISSING}env.g`,
  ],
  [
    'a memory and a table to import',
    proxyModule({ memory: false, ...imports(['env', 'm', 'memory'], ['x', 't', 'table']) }),
  ],
  [
    'an import of another type',
    proxyModule(imports(['env', 'proxy_log', '(i32)->()'])),
    'import-type',
    'Failed to load Wasm module due to an import type mismatch: env.proxy_log, want: i32 -> void, but host exports: i32 i32 i32 -> i32',
  ],
  [
    'a missing import and no allocator',
    coreModule({ functions: { proxy_abi_version_0_2_1: '()->()' }, ...imports(['env', 'a']) }),
    'missing-import',
    `${MISSING}env.a`,
  ],
  ['no memory', proxyModule({ memory: false })],
  ['nothing but a header', core(), 'abi', NO_ABI],
  ['a byte after the end', bytes(module, 0), 'damaged', CORRUPTED],
  ['two modules', bytes(module, module), 'damaged', CORRUPTED],
  ['a cut module', module.subarray(0, -2), 'damaged', CORRUPTED],
  ['a cut module without a marker', unmarked.subarray(0, -1), 'abi', NO_ABI],
  [
    'a module without a marker, cut in its exports',
    unmarked.subarray(0, -10),
    'damaged',
    CORRUPTED,
  ],
  ['a byte after a module without a marker', bytes(unmarked, 0), 'abi', NO_ABI],
  [
    'an unknown section',
    bytes(module, section(42, 'x')),
    'bytecode',
    'Failed to load Wasm bytecode',
  ],
  ['another version', module.with(4, 2), 'damaged', 'Failed to load Wasm bytecode', NO_ABI],
  ['a component', component(), 'module-wanted', NO_ABI, CORRUPTED],
  ['gzip', bytes(0x1f, 0x8b, 8, 0), 'not-wasm', CORRUPTED, NO_ABI],
  ['nothing', bytes(), 'not-wasm', 'Unable to create Wasm plugin'],
  ['JSON', bytes('{}'), 'not-wasm', CORRUPTED, NO_ABI],
]

describe('Envoy', () => {
  for (const [title, file, rule = 'fits', ...words] of SAID) {
    it(`Envoy ${title}: ${rule}`, () => {
      const verdict = ENVOY.run({ layer: LAYER, inArchive: false, facts: read(file) })
      assert.equal(verdict.rule, rule)
      assert.equal(verdict.verdict, rule === 'fits' ? 'ok' : 'refuses')
      assert.equal(verdict.evidence, 'executed')
      if (verdict.either) for (const word of words) assert.ok(verdict.words.includes(word!), word)
      else assert.deepEqual(verdict.words, words)
    })
  }

  it('Envoy is not known for what was not looked at or not understood', () => {
    const unseen = ENVOY.run({ layer: LAYER, inArchive: false })
    assert.deepEqual([unseen.verdict, unseen.rule], ['unknown', 'not-looked-at'])
    const many = Array.from({ length: 5000 }, () => ['env', 'proxy_done', '()->i32'] as const)
    for (const file of [
      // More imports than are kept, and types and imports that were not understood.
      proxyModule({ imports: many }),
      core(section(1, leb(1), 0x11), proxyModule().subarray(8)),
      core(section(2, leb(1), name('a'), name('b'), 9), proxyModule().subarray(8)),
    ]) {
      const verdict = ENVOY.run({ layer: LAYER, inArchive: false, facts: read(file) })
      assert.ok(['partly-read', 'bytecode'].includes(verdict.rule), verdict.rule)
    }
    const missing = proxyModule({ imports: [['env', 'nope'], ...many] })
    const known = ENVOY.run({ layer: LAYER, inArchive: false, facts: read(missing) })
    assert.equal(known.rule, 'missing-import')
  })

  it('Envoy has functions of the types that its own source says', () => {
    const { functions, callbacks } = PROXY_WASM_ABIS.proxy_abi_version_0_2_1
    assert.equal(functions.get('env.proxy_increment_metric'), '(i32,i64)->i32')
    assert.equal(functions.get('env.proxy_done'), '()->i32')
    assert.equal(functions.get('wasi_unstable.proc_exit'), '(i32)->()')
    assert.equal(functions.get('env.proxy_get_log_level'), '(i32)->i32')
    assert.equal(PROXY_WASM_ABIS[V010].functions.get('env.proxy_get_log_level'), undefined)
    assert.equal(callbacks.get('proxy_on_log'), '(i32)->()')
    assert.equal(functions.size, 2 * 45 + 2 + 36 + 3)
  })
})

describe('Higress', () => {
  it('Higress has functions, a callback and an ABI of its own', () => {
    const run = (file: Uint8Array) =>
      HIGRESS.run({ layer: LAYER, inArchive: false, facts: read(file) }).rule
    const call = imports(['env', 'proxy_redis_call', '(i32,i32,i32,i32,i32)->i32'])
    assert.equal(run(proxyModule(call)), 'fits')
    assert.equal(run(proxyModule({}, 'proxy_abi_version_0_2_100')), 'fits')
    assert.equal(
      run(proxyModule({ functions: { proxy_on_redis_call_response: '()->()' } })),
      'function-type',
    )
    assert.equal(run(proxyModule({ more: [custom('x')] })), 'fits')
  })
})
