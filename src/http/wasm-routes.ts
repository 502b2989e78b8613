import type { IncomingMessage } from 'node:http'
import type { Registry } from '../registry/registry.ts'
import type { WasmServices } from '../wasm/live/wasm-services.ts'
import { LayoutHandlers } from './handlers/layouts.ts'
import type { PackageOptions } from './handlers/package-registry.ts'
import type { Route } from './route.ts'
import { SnippetHandlers } from './handlers/snippets.ts'
import { WasmReportHandlers } from './handlers/wasm-reports.ts'

export interface WasmRouteOptions {
  readonly registry: Registry
  readonly wasm: WasmServices
  /** The base of absolute addresses, as the client of a request knows this registry; without a slash at its end. */
  readonly baseOf: (request: IncomingMessage) => string
  readonly packages: PackageOptions
}

/** The part of the table that knows Wasm. */
export function wasmRoutes({
  registry,
  wasm,
  baseOf,
  packages,
}: WasmRouteOptions): readonly Route[] {
  const snippets = new SnippetHandlers(registry, wasm, baseOf, packages)
  const reports = new WasmReportHandlers(registry, wasm, baseOf)
  const layouts = new LayoutHandlers(registry, wasm, baseOf)
  return [
    {
      id: 'snippet',
      method: 'GET',
      path: '/v2/*name/_wasmoor/snippets/:reference',
      access: 'pull',
      handle: snippets.get,
    },
    {
      id: 'wasm-report',
      method: 'GET',
      path: '/v2/*name/_wasmoor/wasm/:reference',
      access: 'pull',
      handle: reports.get,
    },
    {
      id: 'layout',
      method: 'POST',
      path: '/v2/*name/_wasmoor/wasm/:reference',
      access: 'push',
      handle: layouts.make,
    },
    {
      id: 'wasm-schema',
      method: 'GET',
      path: '/v2/_wasmoor/wasm/schema',
      access: 'ping',
      handle: reports.schema,
    },
  ]
}
