import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { component, custom, leb, list, name, producers, section } from '../build/bytes.ts'
import { command, filter, server } from '../build/conventions.ts'
import { coreModule, proxyModule } from '../build/core-module.ts'
import { longName, pax, tar } from '../build/tar.ts'

const MODULES = join(import.meta.dirname, '..', '..', '..', 'node_modules')

const fixture = (file: string): Uint8Array =>
  readFileSync(join(import.meta.dirname, '..', 'fixtures', `calculator.${file}.wasm`))

const described = proxyModule({
  imports: [['wasi_snapshot_preview1', 'fd_write', '(i32,i32,i32,i32)->i32']],
  more: [
    custom('name', 0, leb(4), name('mod')),
    producers(['language', 'Rust', '1.95.0'], ['processed-by', 'x', '']),
    custom('target_features', list(['+', name('simd128')])),
    custom('description', 'adds a header'),
    custom('.debug_info', 'x'.repeat(40)),
    custom('sourceMappingURL', name('x.map')),
  ],
})
const nested = component(
  section(1, described),
  section(4, component(section(1, coreModule()), section(10, list([0, name('a:b/c'), 5, 0])))),
  section(11, list([2, name('run'), list([0, name('x')]), 1, 0, 0])),
)

/** Files to mutate. */
export const SEEDS: readonly Uint8Array[] = [
  filter,
  command,
  described,
  server,
  nested,
  fixture('component'),
  fixture('wit'),
  readFileSync(join(MODULES, '@foxglove/wasm-lz4/dist/wasm-lz4.wasm')),
]

export const ARCHIVES: readonly Uint8Array[] = [
  tar({ name: 'plugin.wasm', data: filter }),
  tar(
    { name: 'a/', type: '5' },
    { name: 'README', data: 'x'.repeat(600) },
    { name: 'a/plugin.wasm', data: command },
  ),
  tar(longName(`${'a/'.repeat(80)}plugin.wasm`), { name: 'x', data: server }),
  tar(
    pax('path', 'b/plugin.wasm'),
    { name: 'x', data: filter },
    { name: 'plugin.wasm', type: '2' },
  ),
]
