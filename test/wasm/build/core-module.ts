import { bytes, core, leb, list, name, type Part, section } from './bytes.ts'

const CODES: Record<string, number> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c }
const ZEROS: Record<string, number[]> = {
  i32: [0x41, 0],
  i64: [0x42, 0],
  f32: [0x43, 0, 0, 0, 0],
  f64: [0x44, 0, 0, 0, 0, 0, 0, 0, 0],
}
const KINDS = ['function', 'table', 'memory', 'global']

export interface Plan {
  /**
   * `[module, name]` or with a signature such as `(i32)->i32`; with a kind instead, `global`,
   * `table` or `memory`.
   */
  readonly imports?: readonly (readonly [module: string, name: string, what?: string])[]
  /** Functions by name with their signature; each is exported. */
  readonly functions?: Readonly<Record<string, string>>
  /** Further exports: of the kind, with index 0. */
  readonly exports?: Readonly<Record<string, string>>
  readonly memory?: boolean
  readonly more?: readonly Part[]
}

/** A valid core module that does nothing. */
export function coreModule(plan: Plan = {}): Uint8Array {
  const { imports = [], functions = {}, exports = {}, memory = true, more = [] } = plan
  const types: string[] = []
  const typeOf = (signature: string) => {
    if (!types.includes(signature)) types.push(signature)
    return leb(types.indexOf(signature))
  }
  const imported = imports.map(([module, field, what = '()->()']) => [
    name(module),
    name(field),
    describe(what, typeOf),
  ])
  const own = Object.entries(functions)
  const indexes = own.map(([, signature]) => typeOf(signature))
  const before = imports.filter(([, , what = '()->()']) => what.includes('->')).length
  const exported = [
    ...own.map(([field], position) => [name(field), 0, leb(before + position)]),
    ...Object.entries(exports).map(([field, kind]) => [name(field), KINDS.indexOf(kind), 0]),
  ]
  const hasGlobal = Object.values(exports).includes('global')
  return core(
    section(1, list(...types.map(signatureBytes))),
    section(2, list(...imported)),
    section(3, list(...indexes)),
    memory ? section(5, list([0, 1])) : [],
    hasGlobal ? section(6, list([0x7f, 0, 0x41, 0, 0x0b])) : [],
    section(7, list(...exported)),
    section(10, list(...own.map(([, signature]) => body(signature)))),
    more,
  )
}

/** A module that Envoy loads: marker, allocator and whatever else is wanted. */
export function proxyModule(plan: Plan = {}, marker = 'proxy_abi_version_0_2_1'): Uint8Array {
  return coreModule({
    ...plan,
    functions: { [marker]: '()->()', malloc: '(i32)->i32', ...plan.functions },
  })
}

function describe(what: string, typeOf: (signature: string) => Part): Part {
  if (what === 'global') return [3, 0x7f, 0]
  if (what === 'memory') return [2, 0, 1]
  return what === 'table' ? [1, 0x70, 0, 1] : [0, typeOf(what)]
}

function signatureBytes(signature: string): Part {
  const [, parameters = '', results = ''] = /^\((.*)\)->\(?([^)]*)\)?$/.exec(signature) ?? []
  const types = (text: string) =>
    list(
      ...text
        .split(',')
        .filter(Boolean)
        .map((type) => CODES[type]!),
    )
  return [0x60, types(parameters), types(results)]
}

/** Gives back zeros. */
function body(signature: string): Part {
  const [, results = ''] = signature.split('->')
  const constants = results.split(',').flatMap((type) => ZEROS[type] ?? [])
  const code = bytes(0, constants, 0x0b)
  return [leb(code.length), code]
}
