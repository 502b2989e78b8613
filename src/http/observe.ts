import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Log } from '../oci/log.ts'

const REQUEST_ID = /^[\w.:-]{1,128}$/
const LONGEST = 512

/** `X-Request-Id` as the client sent it, if it is harmless, or a new one. */
export function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID()
}

/** Writes one line when the answer is out, or the client is gone. */
export function logAccess(
  log: Log,
  request: IncomingMessage,
  response: ServerResponse,
  id: string,
  route: () => string,
): void {
  const started = performance.now()
  response.once('close', () => {
    log.info(
      {
        requestId: id,
        remote: request.socket.remoteAddress,
        method: request.method,
        url: request.url?.slice(0, LONGEST),
        route: route(),
        status: response.statusCode,
        bytes: Number(response.getHeader('content-length') ?? 0),
        milliseconds: Math.round((performance.now() - started) * 1000) / 1000,
        userAgent: request.headers['user-agent']?.slice(0, LONGEST),
        ...(!response.writableFinished && { aborted: true }),
      },
      'request',
    )
  })
}
