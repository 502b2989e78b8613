import { expectEqual } from '../expect.ts'
import type { Facts } from './facts.ts'
import { type Metadata, namesInWorld, type Tools } from './wasm-tools.ts'

/** V8's view of a core module; @types/node has no WebAssembly. */
interface V8Modules {
  new (file: Uint8Array): object
  imports(module: object): { module: string; name: string; kind: string }[]
  exports(module: object): { name: string; kind: string }[]
}
const { WebAssembly } = globalThis as unknown as { WebAssembly: { Module: V8Modules } }

/** Compares the facts about a core module with those of V8 and wasm-tools. */
export function compareModule(tools: Tools, file: Uint8Array, facts: Facts): void {
  expectWhole(facts)
  const { Module } = WebAssembly
  const module = new Module(file)
  const [imports, exports] = [Module.imports(module), Module.exports(module)]
  expectEqual([facts.kind, facts.imports.total], ['core-module', imports.length])
  expectEqual(facts.exports.total, exports.length)
  expectEqual(
    facts.imports.items.map(({ module: from, name, kind }) => [from, name, kind]),
    imports.slice(0, facts.imports.items.length).map((one) => [one.module, one.name, one.kind]),
  )
  expectEqual(
    facts.exports.items.map(({ name, kind }) => [name, kind]),
    exports.slice(0, facts.exports.items.length).map(({ name, kind }) => [name, kind]),
  )
  compareMetadata(tools.metadataShow(file), facts)
}

/** Compares the facts about a component with the world that wasm-tools prints for it. */
export function compareComponent(tools: Tools, file: Uint8Array, facts: Facts): void {
  expectWhole(facts)
  expectEqual(facts.kind, 'component')
  const world = namesInWorld(tools.componentWit(file))
  // wasm-tools prints the types of a world as types, not as imports.
  const names = (list: Facts['imports']) =>
    list.items.filter(({ kind }) => kind !== 'type').map(({ name }) => name)
  expectEqual(names(facts.imports).toSorted(), world.imports.toSorted())
  expectEqual(names(facts.exports).toSorted(), world.exports.toSorted())
  compareMetadata(tools.metadataShow(file), facts)
}

function expectWhole({ damage, oddities, partlyRead }: Facts): void {
  const parts = partlyRead.items.map(({ part }) => part)
  expectEqual([damage ?? null, oddities.total, parts], [null, 0, []])
}

function compareMetadata([whole, ...inside]: Metadata[], facts: Facts): void {
  expectEqual(facts.producers.items.map(flat), producersOf(whole!))
  expectEqual(facts.nested.total, inside.length)
  expectEqual(
    facts.nested.items.map(({ kind, offset, size, producers = [] }) => [
      kind.replace('core-', ''),
      offset,
      offset + size,
      producers.map(flat),
    ]),
    inside.map((one) => [one.metaType.tag, ...one.range, producersOf(one)]),
  )
}

const flat = ({ field, name, version }: Facts['producers']['items'][number]) =>
  `${field} ${name} ${version}`

function producersOf({ producers }: Metadata): string[] {
  return producers.flatMap(([field, tools]) =>
    tools.map(([name, version]) => `${field} ${name} ${version}`),
  )
}
