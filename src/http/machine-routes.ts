import Router from '@koa/router'
import type { Context, Next } from 'koa'
import { RegistryError } from '../oci/errors.ts'
import type { Route } from './route.ts'

/**
 * Whether a request is for a route that only machines call. They may ask for it by any name, as a
 * service mesh does, whose Host is the name of a cluster.
 */
export function machineRoutes(routes: readonly Route[]): (ctx: Context) => boolean {
  const table = new Router({ sensitive: true, strict: true })
  for (const { path, method, machine } of routes)
    if (machine) table.register(path, [method], [(_ctx, next) => next()])
  return ({ path, method }) => table.match(path, method).route
}

/**
 * Keeps pages away from a route that only machines call, whatever name they have for this registry:
 * browsers mark requests of pages, and ask before they send JSON to another site (Fetch standard,
 * "CORS-preflight fetch").
 * @throws RegistryError DENIED, REQUEST_INVALID
 */
export async function onlyMachines({ req, request }: Context, next: Next): Promise<void> {
  const fromPage = Object.keys(req.headers).some(
    (name) => name === 'origin' || name.startsWith('sec-fetch-'),
  )
  if (fromPage) throw new RegistryError('DENIED', 'this address is for machines, not for pages')
  if (request.type !== 'application/json') {
    throw new RegistryError('REQUEST_INVALID', 'send this request as Content-Type application/json')
  }
  await next()
}
