import type { Log } from '../base/log.ts'
import type { Config } from '../config.ts'
import { HttpServer } from '../http/server.ts'
import type { Metrics, MetricSources } from '../observability/metrics/metrics.ts'

/** Connections of monitoring. */
const CONNECTIONS = 64

/** Undefined without a port for metrics, so that the library is loaded only if it is used. */
export async function openMetrics(
  { metrics: { port } }: Config,
  version: string,
): Promise<Metrics | undefined> {
  if (port === null) return undefined
  const { Metrics } = await import('../observability/metrics/metrics.ts')
  return new Metrics(version)
}

/**
 * Serves the metrics on a port of their own: clients of the registry cannot read them, and
 * monitoring needs no account.
 */
export async function serveMetrics(
  { metrics: { host, port }, limits, http }: Config,
  log: Log,
  metrics: Metrics,
  sources: MetricSources,
): Promise<HttpServer> {
  const tls = { certificate: null, key: null }
  const server = await HttpServer.listen(
    {
      host,
      port: port ?? 0,
      tls,
      headerSize: limits.headerSize,
      connections: CONNECTIONS,
      ...http,
      log,
    },
    metrics.handle(sources),
  )
  log.info({ host, port: server.port }, 'serving metrics')
  return server
}
