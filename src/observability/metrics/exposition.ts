import type { IncomingMessage, ServerResponse } from 'node:http'
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import type { MetricData } from '@opentelemetry/sdk-metrics'

/** Prometheus text format 0.0.4. */
const TYPE = 'text/plain; version=0.0.4; charset=utf-8'
const PATH = '/metrics'

/** `GET /metrics`: the current values in the text format of Prometheus. */
export function exposition(collect: () => Promise<readonly MetricData[]>) {
  const serializer = new PrometheusSerializer(undefined, false, undefined, true, true)
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [path] = (request.url ?? '').split('?')
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    if (path !== PATH || !isRead) {
      response.writeHead(404, { 'Content-Type': 'text/plain', Connection: 'close' })
      response.end(`metrics are at ${PATH}\n`)
      return
    }
    const text = serializer.serialize({
      resource: { attributes: {} } as never,
      scopeMetrics: [{ scope: { name: 'wasmoor' }, metrics: [...(await collect())] }],
    })
    const body = Buffer.from(text)
    response.writeHead(200, { 'Content-Type': TYPE, 'Content-Length': body.byteLength })
    response.end(request.method === 'HEAD' ? undefined : body)
  }
}
