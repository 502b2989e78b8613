import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Config } from './config.ts'
import { application } from './http/application.ts'
import { awaitsContinue } from './http/body.ts'
import { fastPath } from './http/fast-path.ts'
import { Probes } from './http/probes.ts'
import { routes } from './http/routes.ts'
import type { Log } from './oci/log.ts'
import { Registry } from './registry/registry.ts'
import { openStorage } from '../storage/storage.ts'

export interface RunningServer {
  readonly address: { readonly host: string; readonly port: number }
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
  const storage = await openStorage({
    data: config.data,
    durability: config.durability,
    acceptGap: config.storage.acceptGap,
    log,
  })
  const registry = new Registry(storage, log, {
    references: config.validation.references,
    blobSize: config.limits.blobSize,
    uploadSessions: config.limits.uploadSessions,
    uploadExpiry: config.uploads.expiry,
    manifestCache: config.cache.manifests,
    blobCache: config.cache.blobs,
  })
  let draining = false
  const isDraining = () => draining
  const table = routes({
    registry,
    probes: new Probes(storage.index, isDraining),
    manifestSize: config.limits.manifestSize,
    deletes: config.delete.enabled,
  })
  const koa = application({ routes: table, log, draining: isDraining }).callback()
  const server = listener(
    config,
    fastPath(registry, log, isDraining, (request, response) => void koa(request, response)),
  )
  let stopSweeping: () => Promise<void>
  try {
    stopSweeping = await sweepRegularly(registry, config.uploads.expiry, log)
    await listen(server, config)
  } catch (error) {
    await storage.index.close()
    throw error
  }
  return {
    address: { host: config.host, port: (server.address() as AddressInfo).port },
    async drain(grace) {
      draining = true
      await closeServer(server, grace)
      await stopSweeping()
      await storage.index.close()
    },
  }
}

function listener(config: Config, handle: RequestListener): Server {
  const server = createServer({
    maxHeaderSize: config.limits.headerSize,
    headersTimeout: config.http.headersTimeout,
    keepAliveTimeout: config.http.keepAliveTimeout,
    // An upload may take as long as it moves: only idle connections are ended.
    requestTimeout: 0,
  })
  server.setTimeout(config.http.idleTimeout)
  server.on('request', handle)
  // Node would say "continue" before the request has been looked at; the body's reader says it when it wants the body.
  server.on('checkContinue', (request, response) => {
    awaitsContinue(request)
    handle(request, response)
  })
  return server
}

function listen(server: Server, { host, port }: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const hint =
        error.code === 'EADDRINUSE'
          ? ': something listens there already; choose another with --port'
          : ''
      reject(
        new Error(`cannot listen on ${host}:${port}${hint || `: ${error.message}`}`, {
          cause: error,
        }),
      )
    })
    server.listen(port, host, resolve)
  })
}

async function closeServer(server: Server, grace: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve())
  })
  // Connections that were busy at first become idle when their answer is out.
  const idle = setInterval(() => server.closeIdleConnections(), 100)
  const late = setTimeout(() => server.closeAllConnections(), grace)
  await closed
  clearInterval(idle)
  clearTimeout(late)
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
