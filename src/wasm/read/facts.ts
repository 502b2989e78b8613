import type { CountedList } from './capped-list.ts'
import type { Content } from './content.ts'

/**
 * Incremented whenever the same bytes would give other facts; facts of another version are read
 * again.
 */
export const READER_VERSION = 1

/** The facts about a file that were read from its bytes: plain JSON, at most 256 KiB. */
export interface BlobFacts {
  readonly reader: number
  /** Bytes. */
  readonly size: number
  readonly content: Content
  /** Present when the bytes begin with `\0asm`. */
  readonly wasm?: WasmFacts
}

export type WasmKind =
  | 'core-module'
  | 'component'
  /** A component that only declares types: the binary form of WIT. */
  | 'wit-package'
  /** A component of the format before its present version (0x0a to 0x0c). */
  | 'component-prototype'
  /** The header is cut or states a version that does not exist. */
  | 'unknown'

export interface WasmFacts {
  readonly kind: WasmKind
  /** The two halves of bytes 4 to 7: layer 0 is a core module, 1 a component. */
  readonly version: number
  readonly layer: number
  /**
   * The reason why this is not a complete file of the format. Absence does not prove that engines
   * accept it.
   */
  readonly damage?: Damage
  /** Content that was not understood or exceeds a bound: verdicts that need it are unknown. */
  readonly partlyRead: CountedList<PartlyRead>
  /** Deviations from the format that do not make the file invalid. */
  readonly oddities: CountedList<Oddity>
  readonly sections: CountedList<SectionFacts>
  readonly imports: CountedList<Extern>
  readonly exports: CountedList<Extern>
  readonly memories: CountedList<MemoryFacts>
  /** Of the `name` or `component-name` section. */
  readonly name?: string
  readonly producers: CountedList<Producer>
  readonly metadata: Metadata
  /** `+simd128`: prefix and name of the section `target_features`. */
  readonly targetFeatures: CountedList<string>
  readonly debug: DebugFacts
  /** Modules and components inside a component, each before what is inside it. */
  readonly nested: CountedList<NestedFacts>
  readonly proxyWasm: ProxyWasmFacts
  /** `_initialize` or `_start` of a module; `wasi:cli/run@…` or `wasi:http/…` of a component. */
  readonly entry?: string
  /** WASI modules or interfaces imported or exported, each once. */
  readonly wasi: CountedList<string>
  /** `wasi:http@0.2.0`: packages of a component's imports and exports, each once. */
  readonly packages: CountedList<string>
  /** Of a WIT package. */
  readonly wit?: WitFacts
  /** Sections `component-type…` of a core module: it was meant to be wrapped into a component. */
  readonly wrapped: CountedList<string>
  /** The module is not linked, or a library for dynamic linking. */
  readonly linking?: 'object-file' | 'dynamic-library'
  /** Bytes of compiled code in sections `precompiled_…`. */
  readonly precompiled: number
  readonly hostHints: readonly HostHint[]
}

export interface Damage {
  readonly rule: 'unknown-version' | 'cut-short' | 'trailing-bytes'
  /**
   * Of the first byte that does not fit: of the section that is cut, of the bytes that are no
   * section.
   */
  readonly offset: number
  /** Bytes that a cut section lacks. */
  readonly missing?: number
  readonly section?: string
}

export type Part =
  | 'sections'
  | 'types'
  | 'imports'
  | 'functions'
  | 'memories'
  | 'exports'
  | 'custom'
  | 'nested'
  | 'wit'

export interface PartlyRead {
  readonly part: Part
  readonly why: 'bound' | 'not-understood'
  /** For people: the bound, or the part that was not understood. */
  readonly detail: string
  readonly offset: number
}

export interface Oddity {
  readonly rule: 'section-order' | 'unknown-section'
  readonly section: number
  readonly offset: number
}

export interface SectionFacts {
  readonly id: number
  /** `type`, `import` …; of a custom section its own name. */
  readonly name: string
  /** Of the contents, in bytes. */
  readonly size: number
  /** Of the first byte of the contents. */
  readonly offset: number
}

export interface Extern {
  /** Of a core module's import. */
  readonly module?: string
  /** Of a component with version: `wasi:http/types@0.2.0`. */
  readonly name: string
  /**
   * Core: function, table, memory, global, tag. Component: func, value, type, component, instance,
   * module.
   */
  readonly kind: string
  /** `(i32,i32)->i32` of a core function, if it is known and short. */
  readonly type?: string
}

export interface MemoryFacts {
  /** Pages. */
  readonly min: number
  readonly max?: number
  readonly imported: boolean
  readonly shared: boolean
  readonly memory64: boolean
}

export interface Producer {
  /** `language`, `processed-by` or `sdk`. */
  readonly field: string
  readonly name: string
  readonly version: string
}

/** Custom sections that hold one text each; the names are those of the OCI annotations. */
export const METADATA = [
  'description',
  'authors',
  'licenses',
  'source',
  'homepage',
  'revision',
  'version',
] as const
export type Metadata = { readonly [Name in (typeof METADATA)[number]]?: string }

export interface DebugFacts {
  /** Bytes in `.debug_…` sections. */
  readonly dwarf: number
  /** Bytes in the `name` section. */
  readonly names: number
  readonly sourceMap?: string
  /** The location of external DWARF. */
  readonly external?: string
}

export interface NestedFacts {
  readonly kind: 'core-module' | 'component'
  /** 1 directly in the file. */
  readonly depth: number
  readonly offset: number
  readonly size: number
  readonly name?: string
  readonly producers?: readonly Producer[]
}

/**
 * Exports that a proxy-wasm host needs, among all exports, including those that are not kept in the
 * list.
 */
export interface ProxyWasmFacts {
  /** Exported functions `proxy_abi_version_…`, in their order; at most eight. */
  readonly markers: readonly string[]
  /** Exported functions `malloc` and `proxy_on_memory_allocate`. */
  readonly allocators: readonly { readonly name: string; readonly type?: string }[]
}

export interface WitFacts {
  /** `wasi:http@0.2.0` */
  readonly package?: string
  readonly interfaces: CountedList<string>
  readonly worlds: CountedList<string>
}

/** Families of hosts or toolchains that the imports and exports of a core module suggest. */
export type HostHint =
  | 'assemblyscript'
  | 'emscripten'
  | 'extism'
  | 'go-js'
  | 'higress'
  | 'http-wasm'
  | 'opa'
  | 'proxy-wasm'
  | 'wapc'
  | 'wasm-bindgen'
