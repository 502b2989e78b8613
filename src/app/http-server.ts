import type { Authentication } from '../auth/authentication.ts'
import type { ByteBudget } from '../base/byte-budget.ts'
import { descriptorLimit, shareDescriptors } from '../base/descriptors.ts'
import type { Config } from '../config.ts'
import type { Log } from '../base/log.ts'
import { application } from '../http/application.ts'
import { CatalogPaging } from '../http/catalog-paging.ts'
import { BUILT_CONSOLE, readConsole } from '../http/console-assets.ts'
import { guard, type GuardOptions, pullsQuickly } from '../http/auth/guard.ts'
import { TokenEndpoint } from '../http/auth/token-endpoint.ts'
import { cors, namedOrigins } from '../http/cors.ts'
import { fastPath } from '../http/fast-path.ts'
import { ownNames } from '../http/own-names.ts'
import type { Unready } from '../http/handlers/probes.ts'
import { routes } from '../http/routes.ts'
import { HttpServer } from '../http/server.ts'
import type { RequestObserver } from '../observability/request-observer.ts'
import type { Backups } from '../registry/backups.ts'
import type { Registry } from '../registry/registry.ts'
import type { WasmServices } from '../wasm/live/wasm-services.ts'
import type { Storage } from '../../storage/storage.ts'
import type { Upkeep } from './upkeep.ts'

/** The parts of the server that answer requests. */
export interface Services {
  readonly storage: Storage
  readonly registry: Registry
  readonly wasm: WasmServices
  readonly backups: Backups
  readonly upkeep: Upkeep
  readonly authentication: Authentication
  readonly unready: Unready
  readonly observer: RequestObserver
  readonly memory: ByteBudget
  readonly draining: () => boolean
}

/**
 * Listens on the address of the configuration, with the fast path in front of Koa.
 * @throws Error with a message for the operator
 */
export async function startHttpServer(
  config: Config,
  log: Log,
  services: Services,
): Promise<HttpServer> {
  const { registry, authentication, observer, draining } = services
  const { authenticator, authorizer, baseOf } = authentication
  const guardOptions: GuardOptions = {
    authenticator,
    authorizer,
    uploadOf: (id) => registry.uploads.find(id),
    uploadExpiry: config.uploads.expiry,
    mountSource: (digest, from, mayPull) => registry.blobs.mountSource(digest, from, mayPull),
    now: Date.now,
  }
  const { publicUrl, hosts } = config
  const { addresses } = authenticator
  const isOwnName = authorizer.open
    ? ownNames({ publicUrl, hosts, forwardedHost: (request) => addresses.forwardedHost(request) })
    : () => true
  const koa = application({
    routes: await openRoutes(config, services),
    log,
    observer,
    memory: services.memory,
    clientOf: (request) => authenticator.addresses.client(request),
    crossSite: {
      baseOf,
      allowed: namedOrigins(config.http.cors),
    },
    isOwnName,
    admit: (access) => guard(access, guardOptions),
    draining,
  }).callback()
  const handle = fastPath(
    {
      registry,
      observer,
      pullsQuickly: (request, name) => pullsQuickly(authentication, request, name),
      isOwnName,
      closing: draining,
    },
    koa,
  )
  const { host, port, tls, limits, http } = config
  const connections = connectionLimit(limits.connections, log)
  return HttpServer.listen(
    { host, port, tls, headerSize: limits.headerSize, connections, ...http, log },
    cors(http.cors, observer, handle),
  )
}

/** @param configured 0 for as many as the limit of descriptors allows */
function connectionLimit(configured: number, log: Log): number {
  const descriptors = descriptorLimit()
  const { connections } = shareDescriptors(descriptors)
  if (configured > connections && configured * 2 > descriptors) {
    log.warn(
      { connections: configured, descriptors },
      'limits.connections is more than half of the file descriptors that this process may have: raise the limit (ulimit -n), or pulls fail under load',
    )
  }
  return configured === 0 ? connections : configured
}

async function openRoutes(
  config: Config,
  { storage, registry, wasm, backups, upkeep, authentication, unready }: Services,
) {
  const { authenticator, authorizer, bearerTokens, accessTokens, positions, baseOf } =
    authentication
  return routes({
    registry,
    wasm,
    authorizer,
    tokens: new TokenEndpoint(authenticator, authorizer, bearerTokens),
    tokenIndex: storage.index.accessTokens,
    catalogPaging: new CatalogPaging(positions),
    accessTokens,
    backups,
    collector: upkeep.collector,
    scrubber: upkeep.scrubber,
    unready,
    console: config.console ? await readConsole(BUILT_CONSOLE) : new Map(),
    baseOf,
    packages: {
      named: config.publicUrl !== null,
      namespacePrefix: config.wkg.namespacePrefix,
    },
    manifestSize: config.limits.manifestSize,
    deletes: config.delete.enabled,
    readOnly: config.storage.readOnly,
    now: Date.now,
  })
}
