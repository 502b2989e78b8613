import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { ensureTool } from '../tools.ts'
import { execute } from '../execute.ts'

/** A Wasm file, good or bad, and the rule that the matrix must have for Envoy. */
export interface TestModule {
  readonly name: string
  /** `fits` where Envoy has to load it. */
  readonly rule: string
  bytes(compile: Compile): Promise<Buffer>
}

export type Compile = (wat: string) => Promise<Buffer>

const marker = (version: string) => `(func (export "proxy_abi_version_${version}"))`
const allocator = '(func (export "malloc") (param i32) (result i32) (i32.const 0))'
const memory = '(memory (export "memory") 1)'
const usual = `${memory} ${marker('0_2_1')} ${allocator}`
const log = '(import "env" "proxy_log" (func (param i32 i32 i32) (result i32)))'

const wat = (name: string, rule: string, ...parts: string[]): TestModule => ({
  name,
  rule,
  bytes: (compile) => compile(`(module ${parts.join(' ')})`),
})

const made = (
  name: string,
  rule: string,
  make: (good: Buffer, component: Buffer) => Buffer,
): TestModule => ({
  name,
  rule,
  bytes: async (compile) =>
    make(await compile(`(module ${log} ${usual})`), await readFile(component)),
})

/** A component with imports and exports, made by wasm-tools. */
const component = join(import.meta.dirname, '../../test/wasm/fixtures/calculator.component.wasm')

export const modules: readonly TestModule[] = [
  wat('the smallest', 'fits', usual),
  wat('ABI 0.1.0', 'fits', memory, marker('0_1_0'), allocator),
  wat('ABI 0.2.0', 'fits', memory, marker('0_2_0'), allocator),
  wat(
    'the other allocator',
    'fits',
    memory,
    marker('0_2_1'),
    allocator.replace('malloc', 'proxy_on_memory_allocate'),
  ),
  wat('host functions', 'fits', log, usual),
  wat(
    'WASI of both names',
    'fits',
    ...['wasi_unstable', 'wasi_snapshot_preview1'].map(
      (name) => `(import "${name}" "random_get" (func (param i32 i32) (result i32)))`,
    ),
    usual,
  ),
  wat(
    'callbacks of the right types',
    'fits',
    usual,
    '(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (i32.const 0))',
    '(func (export "proxy_on_log") (param i32))',
  ),
  wat(
    'exports that nobody calls',
    'fits',
    usual,
    '(func (export "add") (param i64 i64) (result i64) (i64.const 0))',
  ),
  wat(
    'an imported memory',
    'fits',
    '(import "env" "memory" (memory 1))',
    marker('0_2_1'),
    allocator,
  ),
  wat('an imported table', 'fits', '(import "env" "table" (table 1 funcref))', usual),
  wat('a reactor', 'fits', usual, '(func (export "_initialize"))'),
  wat('two markers, the first unknown', 'fits', marker('0_3_0'), usual),
  wat('no marker', 'abi', memory, allocator),
  wat('an empty module', 'abi'),
  wat('ABI 0.3.0', 'abi', memory, marker('0_3_0'), allocator),
  wat(
    'a marker that is a global',
    'abi',
    memory,
    allocator,
    '(global (export "proxy_abi_version_0_2_1") i32 (i32.const 0))',
  ),
  wat(
    'a WASI command',
    'abi',
    '(import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))',
    memory,
    '(func (export "_start"))',
  ),
  wat('no allocator', 'allocator', memory, marker('0_2_1')),
  wat(
    'an allocator of another type',
    'function-type',
    memory,
    marker('0_2_1'),
    '(func (export "malloc") (param i64) (result i32) (i32.const 0))',
  ),
  wat(
    'a function that only Higress has',
    'missing-import',
    '(import "env" "proxy_redis_call" (func (param i32 i32 i32 i32 i32) (result i32)))',
    usual,
  ),
  wat(
    'a function of a later ABI',
    'missing-import',
    '(import "env" "proxy_get_log_level" (func (param i32) (result i32)))',
    memory,
    marker('0_2_0'),
    allocator,
  ),
  wat('an imported global', 'missing-import', '(import "env" "proxy_log" (global i32))', usual),
  wat(
    'a function of a module that nobody gives',
    'missing-import',
    '(import "gojs" "runtime.wasmExit" (func (param i32)))',
    usual,
  ),
  wat(
    'a host function of another type',
    'import-type',
    '(import "env" "proxy_log" (func (param i32 i64 i32) (result i32)))',
    usual,
  ),
  wat(
    'a callback of another type',
    'function-type',
    usual,
    '(func (export "proxy_on_request_headers") (param i32 i32) (result i32) (i32.const 0))',
  ),
  wat('a start of another type', 'function-type', usual, '(func (export "_start") (param i32))'),
  made('cut inside a section', 'damaged', (good) => good.subarray(0, -1)),
  made('one zero after the end', 'damaged', (good) => Buffer.concat([good, Buffer.alloc(1)])),
  made('two modules in one file', 'damaged', (good) => Buffer.concat([good, good])),
  made('half of the header', 'damaged', (good) => good.subarray(0, 6)),
  made('version 2', 'damaged', (good) => Buffer.from(good).fill(2, 4, 5)),
  made('a component', 'module-wanted', (_good, whole) => whole),
  made('gzip', 'not-wasm', (good) => gzipSync(good)),
  made('text', 'not-wasm', () => Buffer.from('{"not": "wasm"}')),
  made('nothing', 'not-wasm', () => Buffer.alloc(0)),
  made('the same sections twice', 'bytecode', (good) => Buffer.concat([good, good.subarray(8)])),
]

/** Compiles in this folder. Throws ToolUnavailable. */
export async function compileIn(folder: string): Promise<Compile> {
  const { path } = await ensureTool('wat2wasm')
  return async (text) => {
    const [source, target] = [join(folder, 'module.wat'), join(folder, 'module.wasm')]
    await writeFile(source, text)
    const { exitCode, stderr } = await execute(path, [source, '-o', target])
    if (exitCode !== 0) throw new Error(`${text}\n${stderr}`)
    return readFile(target)
  }
}
