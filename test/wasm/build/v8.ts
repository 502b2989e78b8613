/** V8's answer about a core module, which it compiles for that. */
interface V8Modules {
  new (file: Uint8Array): object
  imports(module: object): { module: string; name: string; kind: string }[]
  exports(module: object): { name: string; kind: string }[]
  customSections(module: object, name: string): ArrayBuffer[]
}
const { WebAssembly } = globalThis as unknown as { WebAssembly: { Module: V8Modules } }

export interface V8Facts {
  readonly imports: readonly { module: string; name: string; kind: string }[]
  readonly exports: readonly { name: string; kind: string }[]
  /** Sizes of the contents of all custom sections of a name. */
  customSections(name: string): number[]
}

/** @throws if V8 refuses the module */
export function askV8(file: Uint8Array): V8Facts {
  const module = new WebAssembly.Module(file)
  return {
    imports: WebAssembly.Module.imports(module).map(({ module: from, name, kind }) => ({
      module: from,
      name,
      kind,
    })),
    exports: WebAssembly.Module.exports(module).map(({ name, kind }) => ({ name, kind })),
    customSections: (name) =>
      WebAssembly.Module.customSections(module, name).map(({ byteLength }) => byteLength),
  }
}
