import { type RouteOptions, routes } from '../../src/http/routes.ts'
import type { Route } from '../../src/http/route.ts'

/** The routes table without services: its handlers cannot be called. */
export function routeTable(): readonly Route[] {
  return routes({
    wasm: {},
    authorizer: {},
    tokens: {},
    packages: {},
    deletes: true,
    readOnly: false,
  } as unknown as RouteOptions)
}
