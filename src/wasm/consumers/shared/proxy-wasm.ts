import type { Evidence, Verdict } from '../consumer.ts'
import type { Extern, Part, WasmFacts } from '../../read/facts.ts'
import type { WasmFile } from '../../model/wasm-file.ts'
import {
  FITS,
  type Outcome,
  NOT_LOOKED_AT,
  withEvidence,
  PARTLY_READ,
  refuses,
  refusesInOneOf,
} from './verdict.ts'

/**
 * The interface between a proxy-wasm host and a module. Types are written like `(i32,i64)->i32`.
 */
export interface ProxyWasmHost {
  /** The markers that it knows, each with the host functions and callbacks of that ABI. */
  readonly abis: Readonly<Record<string, Abi>>
}

/** Host functions and callbacks of one ABI version. */
export interface Abi {
  /** By `module.name`. */
  readonly functions: ReadonlyMap<string, string>
  /** Exports that the host calls, if they exist. With another type the module does not load. */
  readonly callbacks: ReadonlyMap<string, string>
}

const CORRUPTED = 'Failed to parse corrupted Wasm module'
const NO_ABI = 'Missing or unknown Proxy-Wasm ABI version'
const NO_BYTECODE = 'Failed to load Wasm bytecode'
/** The host does not load an empty file. */
const NO_PLUGIN = 'Unable to create Wasm plugin'
const NO_ALLOCATOR = 'Wasm module is missing malloc function.'

/**
 * proxy-wasm-cpp-host: WasmBase::load, V8::link, WasmBase::getFunctions. The code of functions is
 * not looked at.
 */
export function runsInProxyWasm(host: ProxyWasmHost, evidence: Evidence) {
  return (file: WasmFile | undefined): Verdict => withEvidence(evidence, outcomeOf(host, file))
}

function outcomeOf(host: ProxyWasmHost, file: WasmFile | undefined): Outcome {
  if (!file?.facts) return NOT_LOOKED_AT
  const { wasm } = file.facts
  if (file.facts.content === 'empty') return refuses('not-wasm', NO_PLUGIN)
  if (!wasm) return refusesInOneOf('not-wasm', CORRUPTED, NO_ABI)
  return loadOutcome(host, wasm) ?? linkOutcome(host, wasm) ?? exportsOutcome(host, wasm) ?? FITS
}

function loadOutcome(host: ProxyWasmHost, wasm: WasmFacts): Outcome | undefined {
  const { damage, kind } = wasm
  if (kind === 'unknown') return refusesInOneOf('damaged', NO_BYTECODE, NO_ABI, CORRUPTED)
  // The host reads the types of a component as exports, and finds none or invalid ones.
  if (kind !== 'core-module') return refusesInOneOf('module-wanted', NO_ABI, CORRUPTED)
  const abi = abiOf(host, wasm)
  if (damage) {
    // It looks for the marker first, up to the end of the exports.
    const sawExports = wasm.sections.items.some(({ name }) => name === 'export')
    const stopped = !sawExports || damage.section === 'export'
    return abi || stopped ? refuses('damaged', CORRUPTED) : refuses('abi', NO_ABI)
  }
  if (!abi) return isPartly(wasm, 'exports', 'sections') ? PARTLY_READ : refuses('abi', NO_ABI)
  return wasm.oddities.total > 0 ? refuses('bytecode', NO_BYTECODE) : undefined
}

function linkOutcome(host: ProxyWasmHost, wasm: WasmFacts): Outcome | undefined {
  const { functions } = abiOf(host, wasm)!
  let untyped = false
  for (const { module = '', name, kind, type } of wasm.imports.items) {
    const wanted = `${module}.${name}`
    const given = functions.get(wanted)
    // The host creates the memories and tables that a module imports.
    if (kind === 'memory' || kind === 'table') continue
    if (kind !== 'function' || given === undefined) {
      return refuses(
        'missing-import',
        `Failed to load Wasm module due to a missing import: ${wanted}`,
      )
    }
    untyped ||= type === undefined
    if (type !== undefined && type !== given) {
      return refuses(
        'import-type',
        `Failed to load Wasm module due to an import type mismatch: ${wanted}, want: ${printed(type)}, but host exports: ${printed(given)}`,
      )
    }
  }
  const cut = wasm.imports.total > wasm.imports.items.length
  return untyped || cut || isPartly(wasm, 'imports', 'types', 'sections') ? PARTLY_READ : undefined
}

function exportsOutcome(host: ProxyWasmHost, wasm: WasmFacts): Outcome | undefined {
  const { exports, proxyWasm } = wasm
  const partly = isPartly(wasm, 'exports', 'types', 'functions', 'sections')
  const reactor = exports.items.some(({ name, kind }) => name === '_initialize' && isFunction(kind))
  const { callbacks } = abiOf(host, wasm)!
  for (const { name, kind, type } of exports.items) {
    const wanted = isFunction(kind) ? callbacks.get(name) : undefined
    if (wanted === undefined || !isCalled(name, reactor, proxyWasm)) continue
    if (type === undefined) return PARTLY_READ
    if (type !== wanted) {
      return refuses(
        'function-type',
        `Bad function signature for: ${name}, want: ${printed(wanted)}, but the module exports: ${printed(type)}`,
      )
    }
  }
  if (proxyWasm.allocators.length === 0) {
    return partly ? PARTLY_READ : refuses('allocator', NO_ALLOCATOR)
  }
  return partly || exports.total > exports.items.length ? PARTLY_READ : undefined
}

/**
 * The host calls `main` of a reactor but not its `_start`, and the second allocator only if the
 * first one is missing.
 */
function isCalled(name: string, reactor: boolean, { allocators }: WasmFacts['proxyWasm']): boolean {
  if (name === 'main' || name === '__main_void') return reactor
  if (name === '_start') return !reactor
  if (name !== 'proxy_on_memory_allocate') return true
  return !allocators.some((allocator) => allocator.name === 'malloc')
}

/** The first exported marker that the host knows decides. */
function abiOf({ abis }: ProxyWasmHost, { proxyWasm }: WasmFacts): Abi | undefined {
  const marker = proxyWasm.markers.find((name) => Object.hasOwn(abis, name))
  return marker === undefined ? undefined : abis[marker]
}

function isPartly({ partlyRead }: WasmFacts, ...parts: Part[]): boolean {
  const cut = partlyRead.total > partlyRead.items.length
  return cut || partlyRead.items.some(({ part }) => parts.includes(part))
}

function isFunction(kind: Extern['kind']): boolean {
  return kind === 'function'
}

/** `i32 i32 -> i32` of `(i32,i32)->i32`: how the host's V8 writes types. */
function printed(type: string): string {
  const [, parameters = '', results = ''] = /^\((.*)\)->(.*)$/.exec(type) ?? []
  const side = (types: string) => (types === '' || types === '()' ? 'void' : types)
  return `${side(parameters)} -> ${side(results)}`.replaceAll(',', ' ')
}
