import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type Agent, request as requestHttp, type IncomingHttpHeaders } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { Readable } from 'node:stream'
import type { Config } from '../config.ts'

const PATIENCE = 5000

/** How to reach the server of a configuration from this machine. */
export type Place = Pick<Config, 'host' | 'port' | 'tls'>

export interface HttpRequest {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** A stream, whose length is in the headers, is made when the server has looked at those and wants it. */
  readonly body?: string | Uint8Array | (() => Readable)
}

export interface Answer {
  readonly url: string
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Connection {
  /** Keeps connections for further questions; without, each has its own. */
  readonly agent?: Agent
  /** Milliseconds without a byte in either direction. */
  readonly patience?: number
}

/** Sends a request to the server of a configuration. Throws Error where it does not answer. */
export async function askServer(
  place: Place,
  question: HttpRequest,
  connection: Connection = {},
): Promise<Answer> {
  const url = `${originOf(place)}${question.path}`
  try {
    return await send(url, place, question, connection)
  } catch (error) {
    // The server had ended the connection just when this began to use it again.
    if (error instanceof StaleConnection) return send(url, place, question, {})
    throw error
  }
}

class StaleConnection extends Error {}

function send(
  url: string,
  place: Place,
  { method, headers, body }: HttpRequest,
  { agent, patience = PATIENCE }: Connection,
): Promise<Answer> {
  const streamed = typeof body === 'function'
  // A refusal could not be read any more once the server has ended a connection that is being written to.
  const expecting = { ...headers, ...(streamed && { expect: '100-continue' }) }
  const options = { method, headers: expecting, timeout: patience, agent: agent ?? false }
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => reject(new Error(`${url}: ${reason}`))
    const request = url.startsWith('https:')
      ? requestHttps(url, { ...options, ...trustIn(place) })
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
    request.on('timeout', () => request.destroy(new Error(`no answer within ${patience} ms`)))
    request.on('error', (error: NodeJS.ErrnoException) => {
      stream?.destroy()
      if (request.reusedSocket && error.code === 'ECONNRESET') reject(new StaleConnection())
      else fail(error.message)
    })
    request.on('continue', () => {
      if (!streamed) return
      stream = body()
      stream.on('error', (error) => {
        reject(error)
        request.destroy()
      })
      stream.pipe(request)
    })
    if (streamed) request.flushHeaders()
    else request.end(body)
  })
}

/** Where a client on this machine reaches the server. */
export function originOf({ host, port, tls }: Place): string {
  if (port === 0) throw new Error('port 0 stands for any free port: say which one with --port')
  const reachable = LOOPBACK_OF.get(host) ?? host
  const scheme = tls.certificate === null ? 'http' : 'https'
  return `${scheme}://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}

/** Listening on every interface is no address to connect to. */
const LOOPBACK_OF = new Map([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '::1'],
])

/**
 * The certificate is made for the public name, not for the address that is asked here. So the very certificate of the
 * configuration is trusted, and no other.
 */
function trustIn({ tls: { certificate } }: Place) {
  if (certificate === null) return {}
  return {
    ca: new X509Certificate(readFileSync(certificate)).toString(),
    allowPartialTrustChain: true,
    checkServerIdentity: () => undefined,
  }
}
