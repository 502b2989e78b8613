import { startUpkeep } from '../../src/app/upkeep.ts'
import { ByteBudget } from '../../src/base/byte-budget.ts'
import { MIB } from '../../src/base/sizes.ts'
import { TokenEndpoint } from '../../src/http/auth/token-endpoint.ts'
import { guard, pullsQuickly } from '../../src/http/auth/guard.ts'
import { KEY_FILES, openAuthentication } from '../../src/auth/authentication.ts'
import { application } from '../../src/http/application.ts'
import { fastPath } from '../../src/http/fast-path.ts'
import { ownNames } from '../../src/http/own-names.ts'
import { accessLog } from '../../src/http/observe.ts'
import { routes } from '../../src/http/routes.ts'
import { type Handle, HttpServer } from '../../src/http/server.ts'
import { SealedPositions } from '../../src/auth/sealed-positions.ts'
import { CatalogPaging } from '../../src/http/catalog-paging.ts'
import { Backups } from '../../src/registry/backups.ts'
import { Registry } from '../../src/registry/registry.ts'
import { WasmServices } from '../../src/wasm/live/wasm-services.ts'
import { openStorage } from '../../storage/storage.ts'
import { KeptLog } from './kept-log.ts'
import { Requests } from './requests.ts'
import { type Settings, testConfig } from './server.ts'

/**
 * One registry behind two servers: one with the fast path in front of Koa, as it is served, and one
 * of Koa alone.
 */
export interface BothWays {
  readonly fast: Requests
  readonly koa: Requests
  readonly log: KeptLog
  /** How many requests the fast path left to Koa. */
  readonly passedOn: number
  /** Whether both behave as they do while the process drains. */
  draining: boolean
  stop(): Promise<void>
}

export async function startBothWays(data: string, settings: Settings = {}): Promise<BothWays> {
  const config = testConfig({ data, ...settings })
  const log = new KeptLog()
  const { durability, uploads, limits, http, tls, host, port } = config
  const storage = await openStorage({ data, durability, acceptGap: false, log })
  const { index } = storage
  const registry = new Registry(storage, log, config)
  const { authenticator, authorizer, bearerTokens, accessTokens, baseOf, close } =
    await openAuthentication({
      ...config.auth,
      data,
      host,
      publicUrl: null,
      trustedProxies: [],
      tls: false,
      index: index.accessTokens,
      log,
      now: Date.now,
    })
  const backups = new Backups(registry.context, { data, files: KEY_FILES })
  const upkeep = await startUpkeep(config, registry)
  const state = { draining: false, passedOn: 0 }
  const draining = () => state.draining
  const uploadOf = (id: string) => registry.uploads.find(id)
  const observer = accessLog(log)
  const names = { publicUrl: null, hosts: config.hosts, forwardedHost: () => undefined }
  const isOwnName = authorizer.open ? ownNames(names) : () => true
  const koa: Handle = application({
    routes: routes({
      registry,
      authorizer,
      tokens: new TokenEndpoint(authenticator, authorizer, bearerTokens),
      tokenIndex: index.accessTokens,
      catalogPaging: new CatalogPaging(new SealedPositions(new Uint8Array(32))),
      accessTokens,
      backups,
      collector: upkeep.collector,
      scrubber: upkeep.scrubber,
      unready: () => storage.unwritable(),
      console: new Map(),
      baseOf,
      wasm: new WasmServices([]),
      packages: { named: false, namespacePrefix: null },
      manifestSize: limits.manifestSize,
      deletes: config.delete.enabled,
      readOnly: false,
      now: Date.now,
    }),
    log,
    observer,
    memory: new ByteBudget(32 * MIB),
    clientOf: () => '',
    crossSite: { baseOf, allowed: [] },
    isOwnName,
    admit: (access) =>
      guard(access, {
        authenticator,
        authorizer,
        uploadOf,
        uploadExpiry: uploads.expiry,
        mountSource: (...of) => registry.blobs.mountSource(...of),
        now: Date.now,
      }),
    draining,
  }).callback()
  const pulls = (request: Parameters<Handle>[0], name: string) =>
    pullsQuickly({ authenticator, authorizer }, request, name)
  const fast = fastPath(
    { registry, observer, pullsQuickly: pulls, isOwnName, closing: draining },
    (...both) => {
      state.passedOn++
      return koa(...both)
    },
  )
  const options = {
    host,
    port,
    tls,
    headerSize: limits.headerSize,
    connections: 1000,
    ...http,
    log,
  }
  const servers = [await HttpServer.listen(options, fast), await HttpServer.listen(options, koa)]
  const [ofFast, ofKoa] = servers.map((server) => new Requests({ host, port: server.port }))
  return {
    fast: ofFast!,
    koa: ofKoa!,
    log,
    get passedOn() {
      return state.passedOn
    },
    get draining() {
      return state.draining
    },
    set draining(value) {
      state.draining = value
    },
    async stop() {
      ofFast?.close()
      ofKoa?.close()
      await Promise.all(servers.map((server) => server.close(0)))
      close()
      await upkeep.close()
      await index.close()
    },
  }
}
