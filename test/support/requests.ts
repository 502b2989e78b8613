import assert from 'node:assert/strict'
import { Agent, request, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http'
import { buffer } from 'node:stream/consumers'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Names as they were sent, in lower case, each as often as it was sent. */
  readonly names: readonly string[]
  readonly body: Buffer
  readonly text: string
  /** The body, read as JSON. */
  json<T = unknown>(): T
}

export interface RequestOptions {
  readonly headers?: OutgoingHttpHeaders
  /** Sent with Content-Length; a list is sent chunked, one chunk each. */
  readonly body?: string | Uint8Array | readonly Uint8Array[]
}

/** Plain HTTP requests to one server: nothing is followed, retried, decoded or normalised. */
export class Requests {
  readonly host: string
  readonly port: number
  readonly #agent = new Agent({ keepAlive: true })

  constructor({ host, port }: { readonly host: string; readonly port: number }) {
    this.host = host
    this.port = port
  }

  send(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    const { headers = {}, body } = options
    const length = typeof body === 'string' || body instanceof Uint8Array ? Buffer.from(body) : null
    return new Promise((resolve, reject) => {
      const sent = request({
        host: this.host,
        port: this.port,
        agent: this.#agent,
        method,
        path,
        headers: {
          ...(length && { 'Content-Length': length.byteLength }),
          ...(Array.isArray(body) && { 'Transfer-Encoding': 'chunked' }),
          ...headers,
        },
      })
      sent.on('error', reject)
      sent.on('response', (response) => {
        buffer(response).then((bytes) => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            names: response.rawHeaders.filter((_, at) => at % 2 === 0).map((n) => n.toLowerCase()),
            body: bytes,
            text: bytes.toString(),
            json: <T>() => JSON.parse(bytes.toString()) as T,
          })
        }, reject)
      })
      if (length) sent.end(length)
      else if (Array.isArray(body)) {
        for (const chunk of body as readonly Uint8Array[]) sent.write(chunk)
        sent.end()
      } else sent.end()
    })
  }

  get(path: string, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
    return this.send('GET', path, { headers })
  }

  head(path: string, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
    return this.send('HEAD', path, { headers })
  }

  delete(path: string, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
    return this.send('DELETE', path, { headers })
  }

  post(path: string, options: RequestOptions = {}): Promise<Answer> {
    return this.send('POST', path, { body: '', ...options })
  }

  patch(path: string, options: RequestOptions = {}): Promise<Answer> {
    return this.send('PATCH', path, options)
  }

  put(path: string, options: RequestOptions = {}): Promise<Answer> {
    return this.send('PUT', path, { body: '', ...options })
  }

  close(): void {
    this.#agent.destroy()
  }
}

/**
 * The path in `Link: <…>; rel="next"`, which has to be one of this server; undefined on the last
 * page.
 */
export function nextPage({ headers }: Answer): string | undefined {
  const link = headers['link']
  if (link === undefined) return undefined
  const found = /^<(\/v2\/[^>]*)>; rel="next"$/.exec(String(link))
  assert.ok(found, String(link))
  return found[1]
}
