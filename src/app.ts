import { guard, type GuardOptions, pullsQuickly } from './auth/guard.ts'
import { type Authentication, KEY_FILES, openAuthentication } from './auth/open.ts'
import type { Config } from './config.ts'
import { TokenHandlers } from './http/access-tokens.ts'
import { BackupHandlers } from './http/backups.ts'
import { application } from './http/application.ts'
import { cors, namedOrigins } from './http/cors.ts'
import { isLoopback } from './http/cross-site.ts'
import { fastPath } from './http/fast-path.ts'
import { accessLog } from './http/observe.ts'
import { Probes } from './http/probes.ts'
import { readOnly } from './http/read-only.ts'
import { routes } from './http/routes.ts'
import { HttpServer } from './http/server.ts'
import type { Log } from './oci/log.ts'
import { Backups } from './registry/backups.ts'
import { RegistryContext } from './registry/context.ts'
import { Registry } from './registry/registry.ts'
import { WasmRoom } from './wasm/stored/wasm-room.ts'
import { openStorage, type Storage } from '../storage/storage.ts'

export interface RunningServer {
  readonly address: { readonly host: string; readonly port: number }
  /** Whether everybody may do everything, because no source of credentials is configured. */
  readonly open: boolean
  /**
   * Takes no new connections, lets running requests end for at most `grace` milliseconds, then closes the store.
   * Uploads that are cut off keep what arrived.
   */
  drain(grace: number): Promise<void>
}

/** Unfinished uploads are looked at this often, or more often if they expire sooner. Milliseconds. */
const SWEEP_INTERVAL = 10 * 60_000
const SHORTEST_SWEEP_INTERVAL = 1000

/**
 * Puts the rooms together and listens.
 * @throws Error with a message for the operator
 */
export async function startServer(config: Config, log: Log): Promise<RunningServer> {
  const { data, durability } = config
  const storage = await openStorage({ data, durability, acceptGap: config.storage.acceptGap, log })
  const closing: (() => unknown)[] = [() => storage.close()]
  const close = async () => {
    for (const step of closing.toReversed()) await step()
  }
  try {
    const wasm = new WasmRoom([])
    closing.push(() => wasm.close())
    const registry = openRegistry(config, storage, log, wasm)
    closing.push(await sweepRegularly(registry, config.uploads.expiry, log))
    const backups = new Backups(new RegistryContext(storage, log, Date.now), {
      data,
      files: KEY_FILES,
    })
    closing.push(() => backups.close())
    const authentication = await openDoor(config, storage, log)
    closing.push(() => authentication.close())
    let draining = false
    const server = await serve(config, log, {
      storage,
      registry,
      backups,
      authentication,
      wasm,
      draining: () => draining,
    })
    return {
      address: { host: config.host, port: server.port },
      open: authentication.door.open,
      async drain(grace) {
        draining = true
        authentication.close()
        await server.close(grace)
        await close()
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

function openRegistry(config: Config, storage: Storage, log: Log, wasm: WasmRoom): Registry {
  return new Registry(storage, log, {
    references: config.validation.references,
    blobSize: config.limits.blobSize,
    uploadSessions: config.limits.uploadSessions,
    uploadExpiry: config.uploads.expiry,
    manifestCache: config.cache.manifests,
    blobCache: config.cache.blobs,
    observer: wasm.observer,
    immutableTags: config.tags.immutable,
  })
}

function openDoor(config: Config, storage: Storage, log: Log): Promise<Authentication> {
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
  readonly storage: Storage
  readonly registry: Registry
  readonly backups: Backups
  readonly authentication: Authentication
  readonly wasm: WasmRoom
  readonly draining: () => boolean
}

function serve(
  config: Config,
  log: Log,
  { storage, registry, backups, authentication, wasm, draining }: Rooms,
): Promise<HttpServer> {
  const { door, tokenEndpoint, accessTokens, baseOf } = authentication
  const guarding: GuardOptions = {
    door,
    sessionOf: (id) => registry.uploads.find(id),
    sessionAge: config.uploads.expiry,
    mountSource: (digest, from, mayPull) => registry.blobs.mountSource(digest, from, mayPull),
    now: Date.now,
  }
  const endpoints = routes({
    registry,
    probes: new Probes(storage.index, draining),
    door,
    tokenEndpoint,
    accessTokens: new TokenHandlers(storage.index.accessTokens, accessTokens, Date.now),
    backups: new BackupHandlers(backups),
    baseOf,
    wasm,
    packages: {
      named: config.publicUrl !== null,
      namespacePrefix: config.wkg.namespacePrefix,
    },
    manifestSize: config.limits.manifestSize,
    deletes: config.delete.enabled,
  })
  const observer = accessLog(log)
  const koa = application({
    routes: config.storage.readOnly ? readOnly(endpoints) : endpoints,
    log,
    observer,
    crossSite: {
      baseOf,
      onlyLocal: door.open && isLoopback(config.host),
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
      pullsQuickly: (request, name) => pullsQuickly(door, request, name),
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

async function sweepRegularly(
  registry: Registry,
  expiry: number,
  log: Log,
): Promise<() => Promise<void>> {
  await registry.uploads.sweep()
  let running: Promise<void> = Promise.resolve()
  const interval = Math.max(SHORTEST_SWEEP_INTERVAL, Math.min(SWEEP_INTERVAL, expiry / 4))
  const timer = setInterval(() => {
    running = running
      .then(() => registry.uploads.sweep())
      .catch((error: unknown) =>
        log.error({ err: error }, 'unfinished uploads could not be looked at'),
      )
  }, interval).unref()
  return async () => {
    clearInterval(timer)
    await running
  }
}
