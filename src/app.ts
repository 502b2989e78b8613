import { openAudit } from './app/audit.ts'
import { startHttpServer } from './app/http-server.ts'
import { openMetrics, serveMetrics } from './app/metrics.ts'
import { warnOfOtherRegistry } from './app/other-registry.ts'
import { startUpkeep } from './app/upkeep.ts'
import { type Authentication, KEY_FILES, openAuthentication } from './auth/authentication.ts'
import { ByteBudget } from './base/byte-budget.ts'
import type { Log } from './base/log.ts'
import { MIB } from './base/sizes.ts'
import type { Config } from './config.ts'
import { accessLog, observers } from './http/observe.ts'
import { Backups } from './registry/backups.ts'
import { Registry } from './registry/registry.ts'
import { WasmServices } from './wasm/live/wasm-services.ts'
import { openStorage, type Storage } from '../storage/storage.ts'

/** Bytes that all requests together may hold in memory. */
const REQUEST_MEMORY = 32 * MIB

interface Address {
  readonly host: string
  readonly port: number
}

export interface RunningServer {
  readonly address: Address
  /** Where metrics are served, if they are. */
  readonly metrics?: Address
  /** Whether anyone may do anything, because no source of credentials is configured. */
  readonly open: boolean
  /**
   * Accepts no more connections, lets running requests finish for at most `grace` milliseconds,
   * then closes the store. Interrupted uploads keep the bytes that arrived.
   */
  drain(grace: number): Promise<void>
}

/**
 * Opens the storage, starts all services over it and listens.
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
    await warnOfOtherRegistry(data, log)
    const audit = await openAudit(config, log)
    closing.push(() => audit?.close())
    const wasm = new WasmServices(config.wasm.policies)
    closing.push(() => wasm.close())
    const { observer, gate } = wasm
    const registry = new Registry(storage, log, { ...config, observer, gate })
    const backups = new Backups(registry.context, { data, files: KEY_FILES })
    closing.push(() => backups.close())
    const upkeep = await startUpkeep(config, registry)
    closing.push(() => upkeep.close())
    const authentication = await startAuthentication(config, storage, log)
    closing.push(() => authentication.close())
    let isDraining = false
    const draining = () => isDraining
    const unready = async () => {
      if (isDraining) return 'the registry is shutting down'
      return storage.unwritable()
    }
    const memory = new ByteBudget(REQUEST_MEMORY)
    const server = await startHttpServer(config, log, {
      storage,
      registry,
      wasm,
      backups,
      upkeep,
      authentication,
      unready,
      memory,
      observer: observers(accessLog(log), audit?.trail, metrics?.requests),
      draining,
    })
    // A server whose metrics cannot be served does not start.
    closing.push(() => server.close(0))
    const metricsServer =
      metrics &&
      (await serveMetrics(config, log, metrics, {
        index: storage.index,
        data,
        collection: () => upkeep.collector.status,
        scrub: () => upkeep.scrubber.status,
        running: () => server.running,
        memory,
        ready: async () => (await unready()) === undefined,
      }))
    return {
      address: { host: config.host, port: server.port },
      ...(metricsServer && { metrics: { host: config.metrics.host, port: metricsServer.port } }),
      open: authentication.authorizer.open,
      async drain(grace) {
        isDraining = true
        authentication.close()
        await server.close(grace)
        await metricsServer?.close(0)
        metrics?.close()
        await close()
      },
    }
  } catch (error) {
    await close()
    throw error
  }
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
