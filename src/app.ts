import { openAudit } from './app/audit.ts'
import { exposeMetrics, openMetrics } from './app/metrics.ts'
import { noticeOtherRegistry } from './app/other-registry.ts'
import { sweepRegularly } from './app/sweep.ts'
import { startUpkeep, type Upkeep } from './app/upkeep.ts'
import { TokenEndpoint } from './http/auth/token-endpoint.ts'
import { guard, type GuardOptions, pullsQuickly } from './http/auth/guard.ts'
import { type Authentication, KEY_FILES, openAuthentication } from './auth/authentication.ts'
import type { Config } from './config.ts'
import { TokenHandlers } from './http/handlers/access-tokens.ts'
import { BackupHandlers } from './http/handlers/backups.ts'
import { application } from './http/application.ts'
import { BUILT_CONSOLE, ConsoleHandlers, readConsole } from './http/handlers/console.ts'
import { cors, namedOrigins } from './http/cors.ts'
import { isLoopback } from './http/cross-site.ts'
import { fastPath } from './http/fast-path.ts'
import { accessLog, observers } from './http/observe.ts'
import { Probes } from './http/handlers/probes.ts'
import { readOnly } from './http/read-only.ts'
import { routes } from './http/routes.ts'
import { HttpServer } from './http/server.ts'
import { UpkeepHandlers } from './http/handlers/upkeep.ts'
import type { Log } from './base/log.ts'
import type { RequestObserver } from './observability/request-observer.ts'
import { Backups } from './registry/backups.ts'
import { Registry } from './registry/registry.ts'
import { WasmServices } from './wasm/live/wasm-services.ts'
import { openStorage, type Storage } from '../storage/storage.ts'

interface Address {
  readonly host: string
  readonly port: number
}

export interface RunningServer {
  readonly address: Address
  /** Where metrics are served, if they are. */
  readonly metrics?: Address
  /** Whether everybody may do everything, because no source of credentials is configured. */
  readonly open: boolean
  /**
   * Takes no new connections, lets running requests end for at most `grace` milliseconds, then
   * closes the store. Uploads that are cut off keep what arrived.
   */
  drain(grace: number): Promise<void>
}

/**
 * Puts the rooms together and listens.
 * @throws Error with a message for the operator
 */
export async function startServer(config: Config, log: Log, version = ''): Promise<RunningServer> {
  const { data, durability } = config
  const metrics = await openMetrics(config, version)
  const storage = await openStorage({
    data,
    durability,
    acceptGap: config.storage.acceptGap,
    log,
    observer: metrics?.storage,
  })
  const closing: (() => unknown)[] = [() => storage.close()]
  const close = async () => {
    for (const step of closing.toReversed()) await step()
  }
  try {
    await noticeOtherRegistry(data, log)
    const audit = await openAudit(config, log)
    closing.push(() => audit?.close())
    const wasm = new WasmServices(config.wasm.policies)
    closing.push(() => wasm.close())
    const registry = openRegistry(config, storage, log, wasm)
    closing.push(await sweepRegularly(registry, config.uploads.expiry, log))
    const backups = new Backups(registry.context, { data, files: KEY_FILES })
    closing.push(() => backups.close())
    const upkeep = await startUpkeep(config, registry.context)
    closing.push(() => upkeep.close())
    const authentication = await startAuthentication(config, storage, log)
    closing.push(() => authentication.close())
    let draining = false
    const probes = new Probes({ draining: () => draining, unwritable: () => storage.unwritable() })
    const server = await serve(config, log, {
      storage,
      registry,
      backups,
      upkeep,
      authentication,
      wasm,
      probes,
      observer: observers(accessLog(log), audit?.trail, metrics?.requests),
      draining: () => draining,
    })
    // Where metrics cannot be served, nothing else is.
    closing.push(() => server.close(0))
    const exposed =
      metrics &&
      (await exposeMetrics(config, log, metrics, {
        index: storage.index,
        data,
        collection: () => upkeep.collector.status,
        scrub: () => upkeep.scrubber.status,
        running: () => server.running,
        ready: async () => (await probes.unready()) === undefined,
      }))
    return {
      address: { host: config.host, port: server.port },
      ...(exposed && { metrics: { host: config.metrics.host, port: exposed.port } }),
      open: authentication.authorizer.open,
      async drain(grace) {
        draining = true
        authentication.close()
        await server.close(grace)
        await exposed?.close(0)
        metrics?.close()
        await close()
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

function openRegistry(config: Config, storage: Storage, log: Log, wasm: WasmServices): Registry {
  const { observer, gate } = wasm
  return new Registry(storage, log, { ...config, observer, gate })
}

function startAuthentication(config: Config, storage: Storage, log: Log): Promise<Authentication> {
  return openAuthentication({
    ...config.auth,
    data: config.data,
    host: config.host,
    publicUrl: config.publicUrl,
    trustedProxies: config.trustedProxies,
    tls: config.tls.certificate !== null,
    index: storage.index.accessTokens,
    log,
    now: Date.now,
  })
}

interface Rooms {
  readonly probes: Probes
  readonly observer: RequestObserver
  readonly storage: Storage
  readonly registry: Registry
  readonly backups: Backups
  readonly upkeep: Upkeep
  readonly authentication: Authentication
  readonly wasm: WasmServices
  readonly draining: () => boolean
}

async function serve(
  config: Config,
  log: Log,
  { storage, registry, backups, upkeep, authentication, wasm, probes, observer, draining }: Rooms,
): Promise<HttpServer> {
  const { authenticator, authorizer, bearerTokens, accessTokens, baseOf } = authentication
  const guarding: GuardOptions = {
    authenticator,
    authorizer,
    uploadOf: (id) => registry.uploads.find(id),
    uploadExpiry: config.uploads.expiry,
    mountSource: (digest, from, mayPull) => registry.blobs.mountSource(digest, from, mayPull),
    now: Date.now,
  }
  const assets = config.console ? await readConsole(BUILT_CONSOLE) : new Map()
  const endpoints = routes({
    registry,
    probes,
    console: new ConsoleHandlers(assets, baseOf),
    authorizer,
    tokenEndpoint: new TokenEndpoint(authenticator, authorizer, bearerTokens),
    accessTokens: new TokenHandlers(storage.index.accessTokens, accessTokens, Date.now),
    backups: new BackupHandlers(backups),
    upkeep: new UpkeepHandlers(upkeep.collector, upkeep.scrubber),
    baseOf,
    wasm,
    packages: {
      named: config.publicUrl !== null,
      namespacePrefix: config.wkg.namespacePrefix,
    },
    manifestSize: config.limits.manifestSize,
    deletes: config.delete.enabled,
    readOnly: config.storage.readOnly,
  })
  const koa = application({
    routes: config.storage.readOnly ? readOnly(endpoints) : endpoints,
    log,
    observer,
    clientOf: (request) => authenticator.addresses.client(request),
    crossSite: {
      baseOf,
      onlyLocal: authorizer.open && isLoopback(config.host),
      publicUrl: config.publicUrl,
      allowed: namedOrigins(config.http.cors),
    },
    admit: (access) => guard(access, guarding),
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
