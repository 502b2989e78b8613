import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { operatorProof } from '../auth/operator-proof.ts'
import type { FailureBody } from '../api/failure.ts'
import type { Config } from '../config.ts'
import { type HttpRequest, type HttpResponse, originOf, sendRequest } from './local-server.ts'

const ADMIN_KEY_FILE = 'admin.key'

/** A client of the operator routes of a running server; its admin key is in the data directory. */
export class OperatorClient {
  readonly #config: Config
  readonly #keyFile: string
  readonly #key: string

  /** @throws Error if the admin key cannot be read */
  constructor(config: Config) {
    this.#config = config
    this.#keyFile = join(config.data, ADMIN_KEY_FILE)
    this.#key = readKey(this.#keyFile)
  }

  /**
   * The `Authorization` header of one request. It proves knowledge of the admin key and does not
   * contain it, because another program may listen on the port.
   */
  authorize({ method = 'GET', path }: HttpRequest): string {
    const proof = operatorProof(this.#key, { method, path }, Date.now())
    return `Basic ${Buffer.from(`admin:${proof}`).toString('base64')}`
  }

  /** @throws Error with the message of the server, unless the response has this status */
  async request(request: HttpRequest, status: number): Promise<HttpResponse> {
    const headers = { authorization: this.authorize(request), 'content-type': 'application/json' }
    const response = await sendRequest(this.#config, { ...request, headers })
    if (response.status === status) return response
    if (response.status === 401 || response.status === 403) {
      throw new Error(
        `${originOf(this.#config)} rejects the key in ${this.#keyFile}: give the data directory of that server with --data`,
      )
    }
    throw new Error(failureMessage(response))
  }
}

/** @throws Error if the body is not JSON */
export function parseJson({ url, body }: HttpResponse): unknown {
  try {
    return JSON.parse(body)
  } catch (cause) {
    throw new Error(`${url} is not a Wasmoor server: its response is not JSON`, { cause })
  }
}

function readKey(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (cause) {
    throw new Error('no admin key: give the data directory of the server with --data', { cause })
  }
}

/** The messages of a failure, in one line. */
export function failureMessage({ url, status, body }: HttpResponse): string {
  try {
    const { errors } = JSON.parse(body) as FailureBody
    return errors.map(({ message }) => message).join('; ')
  } catch {
    return `${url} answered ${status}: ${body.trim().slice(0, 500)}`
  }
}
