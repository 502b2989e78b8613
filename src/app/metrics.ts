import type { Config } from '../config.ts'
import { HttpServer } from '../http/server.ts'
import type { Metrics, Sources } from '../observability/metrics/metrics.ts'
import type { Log } from '../base/log.ts'

/** Undefined where nobody wants any: the library is loaded only for those who do. */
export async function openMetrics({ metrics: { port } }: Config, version: string) {
  if (port === null) return undefined
  const { Metrics } = await import('../observability/metrics/metrics.ts')
  return new Metrics(version)
}

/** On a port of their own, so that who pulls need not see them, and who watches need not log in. */
export async function exposeMetrics(
  { metrics: { host, port }, limits, http }: Config,
  log: Log,
  metrics: Metrics,
  sources: Sources,
): Promise<HttpServer> {
  const tls = { certificate: null, key: null }
  const server = await HttpServer.listen(
    { host, port: port ?? 0, tls, headerSize: limits.headerSize, ...http, log },
    metrics.handle(sources),
  )
  log.info({ host, port: server.port }, 'serving metrics')
  return server
}
