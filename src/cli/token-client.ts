import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { askServer, originOf, type Answer, type Question } from './own-server.ts'

/** An access token as the server tells of it; never its secret. Times in milliseconds since 1970. */
export interface AccessToken {
  readonly id: string
  readonly owner: string
  readonly repositories: readonly string[]
  readonly actions: readonly string[]
  readonly createdAt: number
  readonly expiresAt?: number
  readonly lastUsedAt?: number
}

export interface NewAccessToken extends AccessToken {
  /** What is used as the password. Told this once. */
  readonly secret: string
}

export interface TokenRequest {
  readonly owner: string
  readonly repositories: readonly string[]
  readonly actions: readonly string[]
  /** Milliseconds from now; absent for a token that does not expire. */
  readonly lifetime?: number
}

const PATH = '/v2/_wasmoor/tokens'
const ADMIN_KEY_FILE = 'admin.key'

/** The access tokens of a running server, with the admin key that lies in its data directory. */
export class TokenClient {
  readonly #config: Config
  readonly #keyFile: string
  readonly #authorization: string

  /** Throws Error where the admin key cannot be read. */
  constructor(config: Config) {
    this.#config = config
    this.#keyFile = join(config.data, ADMIN_KEY_FILE)
    const key = Buffer.from(`admin:${readKey(this.#keyFile)}`).toString('base64')
    this.#authorization = `Basic ${key}`
  }

  async create(request: TokenRequest): Promise<NewAccessToken> {
    const body = JSON.stringify(request)
    return read(await this.#ask({ method: 'POST', path: PATH, body }, 201)) as NewAccessToken
  }

  async list(): Promise<AccessToken[]> {
    const tokens: AccessToken[] = []
    let path: string | undefined = `${PATH}?n=1000`
    while (path !== undefined) {
      const answer: Answer = await this.#ask({ path }, 200)
      tokens.push(...(read(answer) as { tokens: AccessToken[] }).tokens)
      path = /^<([^>]+)>; *rel="next"/.exec(String(answer.headers['link'] ?? ''))?.[1]
    }
    return tokens
  }

  async revoke(id: string): Promise<void> {
    await this.#ask({ method: 'DELETE', path: `${PATH}/${encodeURIComponent(id)}` }, 204)
  }

  async #ask(question: Question, expected: number): Promise<Answer> {
    const headers = { authorization: this.#authorization, 'content-type': 'application/json' }
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

function readKey(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (cause) {
    throw new Error('no admin key: name the data directory of the server with --data', { cause })
  }
}

function read({ url, body }: Answer): unknown {
  try {
    return JSON.parse(body)
  } catch (cause) {
    throw new Error(`${url} does not answer as Wasmoor does`, { cause })
  }
}

/** What the server says is wrong, in one line. */
function reasonOf({ url, status, body }: Answer): string {
  try {
    const { errors } = JSON.parse(body) as { errors: { message: string }[] }
    return errors.map(({ message }) => message).join('; ')
  } catch {
    return `${url} answers ${status}: ${body.trim().slice(0, 500)}`
  }
}
