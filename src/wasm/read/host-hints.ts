import type { HostHint } from './facts.ts'

/** Modules whose imports alone are enough for a hint. */
const MODULES: Readonly<Record<string, HostHint>> = {
  gojs: 'go-js',
  go: 'go-js',
  wbg: 'wasm-bindgen',
  __wbindgen_placeholder__: 'wasm-bindgen',
  __wbindgen_externref_xform__: 'wasm-bindgen',
  'extism:host/env': 'extism',
  'extism:host/user': 'extism',
  http_handler: 'http-wasm',
  wapc: 'wapc',
}

/** Host functions that only Higress has; checked against its fork of the proxy-wasm host. */
const HIGRESS_FUNCTIONS: readonly string[] = [
  'proxy_redis_init',
  'proxy_redis_call',
  'proxy_set_upstream_override_host',
  'proxy_get_upstream_hosts',
  'proxy_inject_encoded_data_to_filter_chain',
]

/** Beginnings of imports from module `env`, or of exports. */
const ENV: readonly (readonly [prefix: string, HostHint])[] = [
  ['syscall/js.', 'go-js'],
  ['emscripten_', 'emscripten'],
  ['HaveOffsetConverter', 'emscripten'],
  ['_embind_', 'emscripten'],
  ['invoke_', 'emscripten'],
  ['opa_', 'opa'],
  ...HIGRESS_FUNCTIONS.map((name) => [name, 'higress'] as const),
  ['proxy_', 'proxy-wasm'],
]
const EXPORTS: readonly [prefix: string, HostHint][] = [
  ['proxy_abi_version_0_2_100', 'higress'],
  ['proxy_abi_version_', 'proxy-wasm'],
  ['opa_eval', 'opa'],
  ['__guest_call', 'wapc'],
  ['__wbindgen_', 'wasm-bindgen'],
  ['emscripten_', 'emscripten'],
  ['__rtti_base', 'assemblyscript'],
]

export function hintOfImport(module: string, name: string): HostHint | undefined {
  if (Object.hasOwn(MODULES, module)) return MODULES[module]
  if (module !== 'env') return undefined
  return name === 'abort' ? 'assemblyscript' : startingLike(name, ENV)
}

export function hintOfExport(name: string): HostHint | undefined {
  return startingLike(name, EXPORTS)
}

function startingLike(
  name: string,
  table: readonly (readonly [string, HostHint])[],
): HostHint | undefined {
  return table.find(([prefix]) => name.startsWith(prefix))?.[1]
}
