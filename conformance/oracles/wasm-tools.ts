import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { WORLDS } from './worlds.ts'

type Producers = [field: string, tools: [name: string, version: string][]][]

/** wasm-tools' metadata of a module or component, or of one nested in it. */
export interface Metadata {
  readonly parentIndex?: number
  readonly name?: string
  readonly metaType: { readonly tag: 'module' | 'component' }
  readonly range: readonly [begin: number, end: number]
  readonly producers: Producers
}

interface EmbedOptions {
  readonly binary?: Uint8Array
  readonly witSource: string
  readonly dummy: boolean
  readonly world: string
  readonly metadata: Producers
}

/**
 * The interface `local:wasm-tools/tools` of jco: the Bytecode Alliance's wasm-tools, itself run as
 * a component.
 */
export interface Tools {
  metadataShow(binary: Uint8Array): Metadata[]
  componentWit(binary: Uint8Array): string
  componentEmbed(options: EmbedOptions): Uint8Array
  componentNew(binary: Uint8Array, adapters?: [string, Uint8Array][]): Uint8Array
}

/** @param installed the folder of the installed corpus */
export async function loadWasmTools(installed: string): Promise<Tools> {
  const package_ = createRequire(join(installed, 'package.json'))
  const path = package_.resolve('@bytecodealliance/jco-transpile/wasm-tools')
  // The package exports the same functions, but asynchronous.
  const vendored = pathToFileURL(join(dirname(path), '../vendor/wasm-tools.js'))
  const { $init, tools } = (await import(vendored.href)) as { $init: Promise<void>; tools: Tools }
  await $init
  return tools
}

/** Builds a component of each world, with dummy functions. */
export function makeComponents(tools: Tools): Map<string, Uint8Array> {
  return new Map(
    Object.entries(WORLDS).map(([title, witSource]) => {
      const metadata: Producers = [
        ['language', [['WIT', '1']]],
        ['processed-by', [['oracle', title]]],
      ]
      const module = tools.componentEmbed({ witSource, dummy: true, world: 'it', metadata })
      return [title, tools.componentNew(module)]
    }),
  )
}

/** The imported and exported names in the world of a component, as wasm-tools prints it. */
export function namesInWorld(wit: string): { imports: string[]; exports: string[] } {
  const names = { import: [] as string[], export: [] as string[] }
  let depth = 0
  for (const line of wit.slice(wit.indexOf('world root {')).split('\n')) {
    const found = /^\s*(import|export) (\S+?)(?:;|:(?=\s))/.exec(line)
    if (depth === 1 && found) names[found[1] as 'import' | 'export'].push(found[2]!)
    depth += line.split('{').length - line.split('}').length
    if (depth === 0) break
  }
  return { imports: names.import, exports: names.export }
}
