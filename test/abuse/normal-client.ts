import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { basic } from '../support/closed-server.ts'
import { descriptor, digest, image, IMAGE } from '../support/manifest-texts.ts'

interface Address {
  readonly host: string
  readonly port: number
}

interface Step {
  readonly kind: string
  readonly method?: string
  readonly path: string
  /** Its answer is 201, that of a request without a body 200. */
  readonly body?: Uint8Array
  readonly type?: string
}

/** The requests of a client that pushes and pulls, as it sees them. */
export class NormalClient {
  /** Milliseconds of each request that was answered as it should be, by kind. */
  readonly times = new Map<string, number[]>()
  /** Other answers, and connections that broke. */
  readonly faults: string[] = []
  readonly #address: Address
  #pushed = 0

  constructor(address: Address) {
    this.#address = address
  }

  /** Pushes an artifact and pulls it again. */
  async round(): Promise<void> {
    const repository = 'alice/app'
    const layer = randomBytes(20_000)
    const manifest = image({ layers: [descriptor(layer)] })
    const tag = `v${this.#pushed++ % 50}`
    for (const body of [Buffer.from('{}'), layer]) {
      const path = `/v2/${repository}/blobs/uploads/?digest=${digest(body)}`
      await this.#send({ kind: 'push', method: 'POST', path, body })
    }
    const path = `/v2/${repository}/manifests/${tag}`
    const body = Buffer.from(manifest)
    await this.#send({ kind: 'push', method: 'PUT', path, body, type: IMAGE })
    await this.#send({ kind: 'pull', path })
    await this.#send({ kind: 'pull', path: `/v2/${repository}/blobs/${digest(layer)}` })
    await this.#send({ kind: 'probe', path: '/livez' })
    await this.#send({ kind: 'ready', path: '/readyz' })
  }

  async #send({ kind, method = 'GET', path, body, type }: Step): Promise<void> {
    const began = performance.now()
    const status = await new Promise<number | string>((resolve) => {
      const sent = request({
        ...this.#address,
        method,
        path,
        // A connection of its own for each request: nothing hides one that is closed.
        agent: false,
        headers: {
          Authorization: basic('alice'),
          ...(type !== undefined && { 'Content-Type': type }),
          ...(body && { 'Content-Length': body.byteLength }),
        },
      })
      sent.on('error', (error) => resolve(error.message))
      sent.on('response', (response) => {
        response.on('error', (error) => resolve(error.message))
        response.on('end', () => resolve(response.statusCode ?? 0)).resume()
      })
      sent.end(body)
    })
    if (status !== (body ? 201 : 200)) this.faults.push(`${method} ${path}: ${status}`)
    else {
      const times = this.times.get(kind) ?? []
      times.push(performance.now() - began)
      this.times.set(kind, times)
    }
  }
}

/** The time below which this part of all times is. */
export function quantile(times: readonly number[], part: number): number {
  const sorted = times.toSorted((one, other) => one - other)
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0)
}
