import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Readable } from 'node:stream'
import type { Config } from '../../config.ts'
import type { Digest } from '../../oci/digest.ts'
import { OperatorClient, failureMessage } from '../operator-client.ts'
import {
  type HttpResponse,
  sendRequest,
  type Connection,
  type HttpRequest,
} from '../local-server.ts'

/** Milliseconds without a byte after which the server counts as gone. */
const TIMEOUT = 120_000

/** The registry rejected one request; it may accept others. */
export class RefusedError extends Error {}

/** The registry that content is imported to, by the same requests as clients push with. */
export class Target {
  readonly #config: Config
  readonly #operator: OperatorClient
  readonly #connection: Connection

  private constructor(config: Config, operator: OperatorClient, connections: number) {
    this.#config = config
    this.#operator = operator
    const options = { keepAlive: true, maxSockets: connections }
    const agent = config.tls.certificate === null ? new HttpAgent(options) : new HttpsAgent(options)
    this.#connection = { agent, timeout: TIMEOUT }
  }

  /** @throws Error if the server of the configuration does not answer, or rejects the admin key */
  static async open(config: Config, connections: number): Promise<Target> {
    const operator = new OperatorClient(config)
    await operator.request({ path: '/v2/_wasmoor/tokens?n=1' }, 200)
    return new Target(config, operator, connections)
  }

  async hasBlob(repository: string, digest: Digest): Promise<boolean> {
    return this.#isThere(`/v2/${repository}/blobs/${digest}`)
  }

  /**
   * Adds a blob to a repository: mounts it from another repository, or else sends it.
   * @returns whether it was sent
   */
  async putBlob(
    repository: string,
    digest: Digest,
    size: number,
    stream: () => Readable,
  ): Promise<boolean> {
    const path = `/v2/${repository}/blobs/uploads/?mount=${digest}`
    const opened = await this.#send({ method: 'POST', path }, [201, 202])
    if (opened.status === 201) return false
    const place = `${String(opened.headers['location'])}?digest=${digest}`
    const headers = { 'content-length': String(size), 'content-type': 'application/octet-stream' }
    await this.#send({ method: 'PUT', path: place, headers, body: stream }, [201])
    return true
  }

  async hasManifest(repository: string, digest: Digest): Promise<boolean> {
    return this.#isThere(`/v2/${repository}/manifests/${digest}`)
  }

  /** The digest that a tag points at; undefined if there is no such tag. */
  async tagged(repository: string, tag: string): Promise<string | undefined> {
    const path = `/v2/${repository}/manifests/${tag}`
    const { status, headers } = await this.#send({ method: 'HEAD', path }, [200, 404])
    return status === 200 ? String(headers['docker-content-digest']) : undefined
  }

  /** @param reference a tag, or the digest of the bytes */
  async putManifest(
    repository: string,
    reference: string,
    mediaType: string,
    bytes: Uint8Array,
  ): Promise<void> {
    const path = `/v2/${repository}/manifests/${reference}`
    const headers = { 'content-type': mediaType }
    await this.#send({ method: 'PUT', path, headers, body: bytes }, [201])
  }

  close(): void {
    this.#connection.agent?.destroy()
  }

  async #isThere(path: string): Promise<boolean> {
    return (await this.#send({ method: 'HEAD', path }, [200, 404])).status === 200
  }

  /**
   * @throws RefusedError if only this request is rejected
   * @throws Error for a failure that other requests would have, too
   */
  async #send(request: HttpRequest, expected: readonly number[]): Promise<HttpResponse> {
    const headers = { ...request.headers, authorization: this.#operator.authorize(request) }
    const response = await sendRequest(this.#config, { ...request, headers }, this.#connection)
    if (expected.includes(response.status)) return response
    const message = failureMessage(response)
    if (REFUSALS.has(response.status)) throw new RefusedError(message)
    throw new Error(`${message}\nEverything imported so far is kept: run this again to continue`)
  }
}

/** Statuses for a request that is invalid, too large or not allowed. */
const REFUSALS = new Set([400, 403, 404, 409, 412, 413, 422])
