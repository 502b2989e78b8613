import type { ConventionId } from '../../model/convention.ts'
import type { HostHint } from '../../read/facts.ts'

/** Conventions for modules that a proxy loads as filters. */
const FILTER_CONVENTIONS: readonly ConventionId[] = [
  'asm-single-layer',
  'solo-io-oci',
  'module-layers',
  'docker',
  'compat',
]

/** Families of host functions of filters. */
const FILTER_HINTS: readonly HostHint[] = ['proxy-wasm', 'higress']

/** Whether a module was written for the host of some proxy. */
export function isFilter(hints: readonly HostHint[]): boolean {
  return hints.some((hint) => FILTER_HINTS.includes(hint))
}

/** Whether an artifact is made for the proxies that accept the conventions of solo-io. */
export function isForAnyProxy(convention: ConventionId, hints: readonly HostHint[]): boolean {
  return FILTER_CONVENTIONS.includes(convention) || (convention === 'untyped' && isFilter(hints))
}

/** The same, less modules that call the functions of Higress: only Higress has them. */
export function isForStandardProxies(
  convention: ConventionId,
  hints: readonly HostHint[],
): boolean {
  return isForAnyProxy(convention, hints) && !hints.includes('higress')
}
