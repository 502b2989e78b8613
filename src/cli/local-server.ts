import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type Agent, request as requestHttp, type IncomingHttpHeaders } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { Readable } from 'node:stream'
import type { Config } from '../config.ts'

/** Milliseconds. */
const DEFAULT_TIMEOUT = 5000

/** The address of the server that has this configuration, for a client on the same machine. */
export type LocalServer = Pick<Config, 'host' | 'port' | 'tls'>

export interface HttpRequest {
  readonly method?: string | undefined
  readonly path: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  /**
   * A stream, whose length has to be in the headers, is opened only when the server has accepted
   * the headers.
   */
  readonly body?: string | Uint8Array | (() => Readable) | undefined
}

export interface HttpResponse {
  readonly url: string
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Connection {
  /**
   * Keeps connections for further requests; without it each request has a connection of its own.
   */
  readonly agent?: Agent | undefined
  /** Milliseconds without a byte in either direction. */
  readonly timeout?: number | undefined
}

/**
 * Sends a request to the server of a configuration.
 * @throws Error if there is no response
 */
export async function sendRequest(
  server: LocalServer,
  request: HttpRequest,
  connection: Connection = {},
): Promise<HttpResponse> {
  const url = `${originOf(server)}${request.path}`
  try {
    return await send(url, server, request, connection)
  } catch (error) {
    // The server closed the idle connection just as it was used again.
    if (error instanceof StaleConnectionError) return send(url, server, request, {})
    throw error
  }
}

class StaleConnectionError extends Error {}

function send(
  url: string,
  server: LocalServer,
  { method, headers, body }: HttpRequest,
  { agent, timeout = DEFAULT_TIMEOUT }: Connection,
): Promise<HttpResponse> {
  const isStreamed = typeof body === 'function'
  // The response to a rejected request is lost if the server closes the connection during the body.
  const expecting = { ...headers, ...(isStreamed && { expect: '100-continue' }) }
  const options = { method, headers: expecting, timeout, agent: agent ?? false }
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => reject(new Error(`${url}: ${reason}`))
    const request = url.startsWith('https:')
      ? requestHttps(url, { ...options, ...tlsOptions(server) })
      : requestHttp(url, options)
    let stream: Readable | undefined
    request.on('response', (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (part: string) => (text += part))
      response.on('end', () => {
        stream?.destroy()
        resolve({ url, status: response.statusCode ?? 0, headers: response.headers, body: text })
      })
      response.on('error', (error) => fail(error.message))
    })
    request.on('timeout', () => request.destroy(new Error(`no response within ${timeout} ms`)))
    request.on('error', (error: NodeJS.ErrnoException) => {
      stream?.destroy()
      if (request.reusedSocket && error.code === 'ECONNRESET') reject(new StaleConnectionError())
      else fail(error.message)
    })
    request.on('continue', () => {
      if (!isStreamed) return
      stream = body()
      stream.on('error', (error) => {
        reject(error)
        request.destroy()
      })
      stream.pipe(request)
    })
    if (isStreamed) request.flushHeaders()
    else request.end(body)
  })
}

/**
 * The origin at which a client on this machine reaches the server.
 * @throws Error if the port is 0
 */
export function originOf({ host, port, tls }: LocalServer): string {
  if (port === 0)
    throw new Error('port 0 is any free port: give the port of the server with --port')
  const reachable = LOOPBACK_OF.get(host) ?? host
  const scheme = tls.certificate === null ? 'http' : 'https'
  return `${scheme}://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}

/** The address for "every interface" is no address to connect to. */
const LOOPBACK_OF = new Map([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '::1'],
])

/**
 * The certificate is issued for the public name, not for the address that is used here. So exactly
 * the certificate of the configuration is trusted, and no other.
 */
function tlsOptions({ tls: { certificate } }: LocalServer) {
  if (certificate === null) return {}
  return {
    ca: new X509Certificate(readFileSync(certificate)).toString(),
    allowPartialTrustChain: true,
    checkServerIdentity: () => undefined,
  }
}
