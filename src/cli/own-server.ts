import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { request as requestHttp, type IncomingHttpHeaders } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { Config } from '../config.ts'

const PATIENCE = 5000

/** How to reach the server of a configuration from this machine. */
export type Place = Pick<Config, 'host' | 'port' | 'tls'>

export interface Question {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Answer {
  readonly url: string
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Sends a request to the server of a configuration. Throws Error where it does not answer. */
export function askServer(
  place: Place,
  { method, path, headers, body }: Question,
): Promise<Answer> {
  const url = `${originOf(place)}${path}`
  const options = { method, headers, timeout: PATIENCE, agent: false }
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => reject(new Error(`${url}: ${reason}`))
    const request = url.startsWith('https:')
      ? requestHttps(url, { ...options, ...trustIn(place) })
      : requestHttp(url, options)
    request.on('response', (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (part: string) => (text += part))
      response.on('end', () =>
        resolve({ url, status: response.statusCode ?? 0, headers: response.headers, body: text }),
      )
      response.on('error', (error) => fail(error.message))
    })
    request.on('timeout', () => request.destroy(new Error(`no answer within ${PATIENCE} ms`)))
    request.on('error', (error) => fail(error.message))
    request.end(body)
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
