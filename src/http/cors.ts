import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestObserver } from '../observability/request-observer.ts'
import { observeAnswer, requestId } from './observe.ts'
import type { Handle } from './server.ts'

/** `Access-Control-*` headers by name, in any spelling, each with its values. */
export type CorsHeaders = Readonly<Record<string, readonly (string | number | boolean)[]>>

const ORIGIN = 'access-control-allow-origin'
const EVERYWHERE = '*'

/** The origins that are allowed by their names, as browsers send them. */
export function namedOrigins(headers: CorsHeaders): string[] {
  return Object.entries(headers)
    .filter(([name]) => name.toLowerCase() === ORIGIN)
    .flatMap(([, values]) => values.map(String))
    .filter((origin) => origin !== EVERYWHERE)
}

/**
 * Adds the headers to every answer, and answers preflight requests (Fetch standard, section 4.8),
 * which come without credentials. Without headers it returns the same handle.
 */
export function cors(headers: CorsHeaders, observer: RequestObserver, handle: Handle): Handle {
  const entries = Object.entries(headers).map(
    ([name, values]) => [name.toLowerCase(), values.map(String)] as const,
  )
  if (entries.length === 0) return handle
  const origins = entries.find(([name]) => name === ORIGIN)?.[1] ?? []
  const fixed = entries.filter(([name]) => name !== ORIGIN)
  return async (request, response) => {
    for (const [name, values] of fixed) response.setHeader(spelled(name), values.join(', '))
    allowOrigin(origins, request, response)
    return isPreflight(request) ? answer(request, response, observer) : handle(request, response)
  }
}

/**
 * A single allowed origin is sent to everybody. Of several, the one of the asking page is sent,
 * because the header has room for one.
 */
function allowOrigin(
  origins: readonly string[],
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const [first] = origins
  if (first === undefined) return
  if (origins.length > 1 && !origins.includes(EVERYWHERE)) response.setHeader('Vary', 'Origin')
  const asking = request.headers.origin
  const allowed = origins.includes(EVERYWHERE)
    ? EVERYWHERE
    : origins.length === 1
      ? first
      : origins.find((origin) => origin === asking)
  if (allowed !== undefined) response.setHeader(spelled(ORIGIN), allowed)
}

function isPreflight({ method, headers }: IncomingMessage): boolean {
  return (
    method === 'OPTIONS' &&
    headers.origin !== undefined &&
    headers['access-control-request-method'] !== undefined
  )
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  observer: RequestObserver,
): void {
  const id = requestId(request)
  observeAnswer(observer, { request, response, id }, () => ({ route: 'preflight' }))
  response.writeHead(204, { 'X-Request-Id': id })
  response.end()
}

function spelled(name: string): string {
  return name.replaceAll(/(^|-)[a-z]/g, (letter) => letter.toUpperCase())
}
