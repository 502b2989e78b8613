import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Readable } from 'node:stream'
import type { Config } from '../../config.ts'
import type { Digest } from '../../oci/digest.ts'
import { OperatorClient, reasonOf } from '../operator-client.ts'
import { type Answer, askServer, type Connection, type HttpRequest } from '../local-server.ts'

/** Without a byte for so long, the server is taken to be gone. Milliseconds. */
const PATIENCE = 120_000

/** The registry does not take one thing; others it may take. */
export class Refused extends Error {}

/** The registry that takes over the content of another, written to as clients do. */
export class Target {
  readonly #config: Config
  readonly #authorization: string
  readonly #connection: Connection

  private constructor(config: Config, authorization: string, connections: number) {
    this.#config = config
    this.#authorization = authorization
    const options = { keepAlive: true, maxSockets: connections }
    const agent = config.tls.certificate === null ? new HttpAgent(options) : new HttpsAgent(options)
    this.#connection = { agent, patience: PATIENCE }
  }

  /** Throws Error where the server of the configuration is not there, or the admin key is not its own. */
  static async open(config: Config, connections: number): Promise<Target> {
    const operator = new OperatorClient(config)
    await operator.ask({ path: '/v2/_wasmoor/tokens?n=1' }, 200)
    return new Target(config, operator.authorization, connections)
  }

  async hasBlob(repository: string, digest: Digest): Promise<boolean> {
    return this.#isThere(`/v2/${repository}/blobs/${digest}`)
  }

  /** Gives a blob to a repository: from another one that has it, or else by sending it. True if it was sent. */
  async putBlob(
    repository: string,
    digest: Digest,
    size: number,
    stream: () => Readable,
  ): Promise<boolean> {
    const path = `/v2/${repository}/blobs/uploads/?mount=${digest}`
    const opened = await this.#ask({ method: 'POST', path }, [201, 202])
    if (opened.status === 201) return false
    const place = `${String(opened.headers['location'])}?digest=${digest}`
    const headers = { 'content-length': String(size), 'content-type': 'application/octet-stream' }
    await this.#ask({ method: 'PUT', path: place, headers, body: stream }, [201])
    return true
  }

  async hasManifest(repository: string, digest: Digest): Promise<boolean> {
    return this.#isThere(`/v2/${repository}/manifests/${digest}`)
  }

  /** What a tag points at; undefined if it is not there. */
  async tagged(repository: string, tag: string): Promise<string | undefined> {
    const path = `/v2/${repository}/manifests/${tag}`
    const { status, headers } = await this.#ask({ method: 'HEAD', path }, [200, 404])
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
    await this.#ask({ method: 'PUT', path, headers, body: bytes }, [201])
  }

  close(): void {
    this.#connection.agent?.destroy()
  }

  async #isThere(path: string): Promise<boolean> {
    return (await this.#ask({ method: 'HEAD', path }, [200, 404])).status === 200
  }

  /** Throws Refused for what is wrong with this request, other errors for what is wrong with all of them. */
  async #ask(question: HttpRequest, expected: readonly number[]): Promise<Answer> {
    const headers = { ...question.headers, authorization: this.#authorization }
    const answer = await askServer(this.#config, { ...question, headers }, this.#connection)
    if (expected.includes(answer.status)) return answer
    const reason = reasonOf(answer)
    if (ONLY_THIS.has(answer.status)) throw new Refused(reason)
    throw new Error(`${reason}\nWhat was moved so far is kept: run this again to go on`)
  }
}

/** Of a request that makes no sense, is too large, or is not wanted here. */
const ONLY_THIS = new Set([400, 403, 404, 409, 412, 413, 422])
