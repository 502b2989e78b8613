import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FailureBody } from '../api/failure.ts'
import type { Config } from '../config.ts'
import { type Answer, askServer, originOf, type HttpRequest } from './local-server.ts'

const ADMIN_KEY_FILE = 'admin.key'

/** The operator routes of a running server, with the admin key that lies in its data directory. */
export class OperatorClient {
  readonly #config: Config
  readonly #keyFile: string
  readonly authorization: string

  /** Throws Error where the admin key cannot be read. */
  constructor(config: Config) {
    this.#config = config
    this.#keyFile = join(config.data, ADMIN_KEY_FILE)
    const key = Buffer.from(`admin:${readKey(this.#keyFile)}`).toString('base64')
    this.authorization = `Basic ${key}`
  }

  /** Throws Error with what the server says is wrong, unless the answer has the status that is expected. */
  async ask(question: HttpRequest, expected: number): Promise<Answer> {
    const headers = { authorization: this.authorization, 'content-type': 'application/json' }
    const answer = await askServer(this.#config, { ...question, headers })
    if (answer.status === expected) return answer
    if (answer.status === 401 || answer.status === 403) {
      throw new Error(
        `${originOf(this.#config)} does not take the key in ${this.#keyFile}: name the data directory of that server with --data`,
      )
    }
    throw new Error(reasonOf(answer))
  }
}

/** The JSON of an answer. */
export function read({ url, body }: Answer): unknown {
  try {
    return JSON.parse(body)
  } catch (cause) {
    throw new Error(`${url} does not answer as Wasmoor does`, { cause })
  }
}

function readKey(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (cause) {
    throw new Error('no admin key: name the data directory of the server with --data', { cause })
  }
}

/** What the server says is wrong, in one line. */
export function reasonOf({ url, status, body }: Answer): string {
  try {
    const { errors } = JSON.parse(body) as FailureBody
    return errors.map(({ message }) => message).join('; ')
  } catch {
    return `${url} answers ${status}: ${body.trim().slice(0, 500)}`
  }
}
