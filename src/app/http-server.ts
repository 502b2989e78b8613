import type { Authentication } from '../auth/authentication.ts'
import type { Config } from '../config.ts'
import type { Log } from '../base/log.ts'
import { application } from '../http/application.ts'
import { BUILT_CONSOLE, readConsole } from '../http/console-assets.ts'
import { guard, type GuardOptions, pullsQuickly } from '../http/auth/guard.ts'
import { TokenEndpoint } from '../http/auth/token-endpoint.ts'
import { cors, namedOrigins } from '../http/cors.ts'
import { isLoopback } from '../base/host.ts'
import { fastPath } from '../http/fast-path.ts'
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
  const koa = application({
    routes: await openRoutes(config, services),
    log,
    observer,
    clientOf: (request) => authenticator.addresses.client(request),
    crossSite: {
      baseOf,
      onlyLocal: authorizer.open && isLoopback(config.host),
      publicUrl: config.publicUrl,
      allowed: namedOrigins(config.http.cors),
    },
    admit: (access) => guard(access, guardOptions),
    draining,
  }).callback()
  const handle = fastPath(
    {
      registry,
      observer,
      pullsQuickly: (request, name) => pullsQuickly(authentication, request, name),
      closing: draining,
    },
    koa,
  )
  const { host, port, tls, limits, http } = config
  return HttpServer.listen(
    { host, port, tls, headerSize: limits.headerSize, ...http, log },
    cors(http.cors, observer, handle),
  )
}

async function openRoutes(
  config: Config,
  { storage, registry, wasm, backups, upkeep, authentication, unready }: Services,
) {
  const { authenticator, authorizer, bearerTokens, accessTokens, baseOf } = authentication
  return routes({
    registry,
    wasm,
    authorizer,
    tokens: new TokenEndpoint(authenticator, authorizer, bearerTokens),
    tokenIndex: storage.index.accessTokens,
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
