import type { IncomingMessage } from 'node:http'
import Router, { type RouterContext, type RouterMiddleware } from '@koa/router'
import Koa, { type Context, type Next } from 'koa'
import type { Access } from './auth/guard.ts'
import { RegistryError } from '../oci/errors.ts'
import type { ByteBudget } from '../base/byte-budget.ts'
import type { Log } from '../base/log.ts'
import { isRepositoryName } from '../oci/name.ts'
import type { RequestObserver } from '../observability/request-observer.ts'
import { checkFraming, checkHost, checkTarget, isApi, readPath } from './address.ts'
import { closeIfUnread } from './body.ts'
import { crossSite, type CrossSiteOptions } from './cross-site.ts'
import { errors } from './errors.ts'
import { SAFETY } from './headers.ts'
import { machineRoutes, onlyMachines } from './machine-routes.ts'
import { accessDetails, observeAnswer, requestDetails, requestId } from './observe.ts'
import { RequestMemory } from './request-memory.ts'
import { requestState } from './request-state.ts'
import type { Route } from './route.ts'

export interface ApplicationOptions {
  readonly routes: readonly Route[]
  readonly log: Log
  readonly observer: RequestObserver
  /** The memory that all requests together may hold. */
  readonly memory: ByteBudget
  /** The address of a client, behind proxies that are trusted. */
  readonly clientOf: (request: IncomingMessage) => string
  /** The guard of a route: passes a request on to the handler, or throws. */
  readonly admit: (access: Access) => RouterMiddleware
  readonly crossSite: CrossSiteOptions
  /** Whether a request asks for this registry by a name that it answers to. */
  readonly isOwnName: (request: IncomingMessage) => boolean
  /** While true, connections are closed after their answer. */
  readonly draining: () => boolean
}

/** The Koa application: each request passes these steps in this order. */
export function application({ routes, log, admit, draining, ...options }: ApplicationOptions): Koa {
  const app = new Koa()
  app.on('error', (error: Error) =>
    log.debug({ err: error }, 'a connection broke while its answer was sent'),
  )
  app.use(observe(routes, options))
  app.use(finish(draining))
  app.use(errors(log))
  app.use(crossSite(options.crossSite))
  app.use(address(machineRoutes(routes), options.isOwnName))
  app.use(router(routes, admit))
  app.use(unknownRoute)
  return app
}

function observe(
  routes: readonly Route[],
  { observer, clientOf, memory }: Pick<ApplicationOptions, 'observer' | 'clientOf' | 'memory'>,
) {
  const events = new Map(routes.map(({ id, event }) => [id, event]))
  return async (ctx: Context, next: Next): Promise<void> => {
    const id = requestId(ctx.req)
    const state = requestState(ctx)
    state.requestId = id
    state.memory = new RequestMemory(memory, ctx.res)
    // Now, because a closed connection no longer has an address.
    state.client = clientOf(ctx.req)
    ctx.set('X-Request-Id', id)
    const routed = ctx as RouterContext
    observeAnswer(
      observer,
      { request: ctx.req, response: ctx.res, id },
      () => accessDetails(routed),
      () => requestDetails(routed, events.get(String(routed._matchedRouteName))),
    )
    await next()
  }
}

function finish(draining: () => boolean) {
  return async (ctx: Context, next: Next): Promise<void> => {
    await next()
    // From now on only the body of the answer is in memory.
    if (Buffer.isBuffer(ctx.body)) requestState(ctx).memory.shrink(ctx.body.byteLength)
    if (isApi(ctx.originalUrl)) ctx.set(SAFETY)
    closeIfUnread(ctx)
    if (draining()) ctx.set('Connection', 'close')
  }
}

function address(
  isForMachines: (ctx: Context) => boolean,
  isOwnName: ApplicationOptions['isOwnName'],
) {
  return async (ctx: Context, next: Next): Promise<void> => {
    checkTarget(ctx.originalUrl)
    checkFraming(ctx.req)
    ctx.path = readPath(ctx.path)
    if (!isForMachines(ctx)) {
      checkHost(ctx.req.headers.host)
      if (!isOwnName(ctx.req)) {
        throw new RegistryError(
          'DENIED',
          'an open registry answers only to its own names: add the name in this address to hosts, or set publicUrl',
        )
      }
    }
    await next()
  }
}

function router(routes: readonly Route[], admit: ApplicationOptions['admit']): Koa.Middleware {
  const table = new Router({ sensitive: true, strict: true })
  table.param('name', (name, _ctx, next) => {
    if (isRepositoryName(name)) return next()
    throw new RegistryError(
      'NAME_INVALID',
      'a repository name has lower-case letters and digits, single ".", "_", "__" or dashes between them, parts divided by "/", and at most 255 characters',
    )
  })
  for (const { id, method, path, access, handle, machine } of routes) {
    const steps = [...(machine ? [onlyMachines] : []), admit(access), handle]
    table.register(path, [method], steps, { name: id })
  }
  return table.routes() as unknown as Koa.Middleware
}

async function unknownRoute(ctx: Context): Promise<void> {
  const layers = (ctx as RouterContext)['matched'] as { methods: string[] }[] | undefined
  const allowed = [...new Set(layers?.flatMap(({ methods }) => methods))].toSorted()
  if (allowed.length === 0) {
    throw new RegistryError(
      'ROUTE_UNKNOWN',
      `there is nothing at this address: the registry's API begins at /v2/`,
    )
  }
  throw new RegistryError('METHOD_UNSUPPORTED', `this address takes ${allowed.join(', ')}`, {
    headers: { Allow: allowed.join(', ') },
  })
}
