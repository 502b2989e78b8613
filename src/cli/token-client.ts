import type { Config } from '../config.ts'
import { OperatorClient, read } from './operator-client.ts'
import type { Answer } from './local-server.ts'

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

/** The access tokens of a running server. */
export class TokenClient {
  readonly #operator: OperatorClient

  /** Throws Error where the admin key cannot be read. */
  constructor(config: Config) {
    this.#operator = new OperatorClient(config)
  }

  async create(request: TokenRequest): Promise<NewAccessToken> {
    const body = JSON.stringify(request)
    return read(
      await this.#operator.ask({ method: 'POST', path: PATH, body }, 201),
    ) as NewAccessToken
  }

  async list(): Promise<AccessToken[]> {
    const tokens: AccessToken[] = []
    let path: string | undefined = `${PATH}?n=1000`
    while (path !== undefined) {
      const answer: Answer = await this.#operator.ask({ path }, 200)
      tokens.push(...(read(answer) as { tokens: AccessToken[] }).tokens)
      path = /^<([^>]+)>; *rel="next"/.exec(String(answer.headers['link'] ?? ''))?.[1]
    }
    return tokens
  }

  async revoke(id: string): Promise<void> {
    await this.#operator.ask({ method: 'DELETE', path: `${PATH}/${encodeURIComponent(id)}` }, 204)
  }
}
