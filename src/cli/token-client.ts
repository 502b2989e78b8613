import type {
  AccessToken,
  AccessTokenList,
  AccessTokenRequest,
  CreatedAccessToken,
} from '../api/access-tokens.ts'
import type { Config } from '../config.ts'
import { OperatorClient, read } from './operator-client.ts'
import type { Answer } from './local-server.ts'

const PATH = '/v2/_wasmoor/tokens'

/** The access tokens of a running server. */
export class TokenClient {
  readonly #operator: OperatorClient

  /** Throws Error where the admin key cannot be read. */
  constructor(config: Config) {
    this.#operator = new OperatorClient(config)
  }

  async create(request: AccessTokenRequest): Promise<CreatedAccessToken> {
    const body = JSON.stringify(request)
    return read(
      await this.#operator.ask({ method: 'POST', path: PATH, body }, 201),
    ) as CreatedAccessToken
  }

  async list(): Promise<AccessToken[]> {
    const tokens: AccessToken[] = []
    let path: string | undefined = `${PATH}?n=1000`
    while (path !== undefined) {
      const answer: Answer = await this.#operator.ask({ path }, 200)
      tokens.push(...(read(answer) as AccessTokenList).tokens)
      path = /^<([^>]+)>; *rel="next"/.exec(String(answer.headers['link'] ?? ''))?.[1]
    }
    return tokens
  }

  async revoke(id: string): Promise<void> {
    await this.#operator.ask({ method: 'DELETE', path: `${PATH}/${encodeURIComponent(id)}` }, 204)
  }
}
