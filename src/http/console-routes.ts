import type { IncomingMessage } from 'node:http'
import type { Authorizer } from '../auth/authorizer.ts'
import type { Registry } from '../registry/registry.ts'
import type { WasmServices } from '../wasm/live/wasm-services.ts'
import type { ConsoleHandlers } from './handlers/console.ts'
import { ListingHandlers } from './handlers/listings.ts'
import type { Route } from './route.ts'
import { session } from './handlers/whoami.ts'

export interface ConsoleRouteOptions {
  readonly registry: Registry
  readonly wasm: WasmServices
  readonly authorizer: Pick<Authorizer, 'open' | 'anonymousPull'>
  readonly console: ConsoleHandlers
  /** The base of absolute addresses, as the client of a request knows this registry; without a slash at its end. */
  readonly baseOf: (request: IncomingMessage) => string
  readonly deletes: boolean
  /** Whether nothing may be changed at present. */
  readonly readOnly: boolean
}

/** The part of the table that is for people: the pages, and the lists that they show. */
export function consoleRoutes(options: ConsoleRouteOptions): readonly Route[] {
  const { registry, wasm, authorizer, console, baseOf, deletes, readOnly } = options
  const listings = new ListingHandlers(registry, wasm, (action) =>
    action === 'delete' ? deletes && !readOnly : action === 'pull' || !readOnly,
  )
  return [
    {
      id: 'repositories',
      method: 'GET',
      path: '/v2/_wasmoor/repositories',
      access: 'catalog',
      handle: listings.repositories,
    },
    {
      id: 'tags-described',
      method: 'GET',
      path: '/v2/*name/_wasmoor/tags',
      access: 'pull',
      handle: listings.tags,
    },
    {
      id: 'tags-of-manifest',
      method: 'GET',
      path: '/v2/*name/_wasmoor/tags/:digest',
      access: 'pull',
      handle: listings.tagsOf,
    },
    {
      id: 'session',
      method: 'GET',
      path: '/v2/_wasmoor/session',
      access: 'anybody',
      handle: session(authorizer, baseOf),
    },
    { id: 'home', method: 'GET', path: '/', access: 'open', handle: console.root },
    { id: 'console', method: 'GET', path: '/ui{/{*path}}', access: 'open', handle: console.page },
  ]
}
