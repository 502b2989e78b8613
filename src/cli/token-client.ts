import type {
  AccessToken,
  AccessTokenList,
  AccessTokenRequest,
  CreatedAccessToken,
} from '../api/access-tokens.ts'
import type { Config } from '../config.ts'
import type { HttpResponse } from './local-server.ts'
import { OperatorClient, parseJson } from './operator-client.ts'

const PATH = '/v2/_wasmoor/tokens'

/** The access tokens of a running server. */
export class TokenClient {
  readonly #operator: OperatorClient

  /** @throws Error if the admin key cannot be read */
  constructor(config: Config) {
    this.#operator = new OperatorClient(config)
  }

  async create(request: AccessTokenRequest): Promise<CreatedAccessToken> {
    const body = JSON.stringify(request)
    const response = await this.#operator.request({ method: 'POST', path: PATH, body }, 201)
    return parseJson(response) as CreatedAccessToken
  }

  async list(): Promise<AccessToken[]> {
    const tokens: AccessToken[] = []
    let path: string | undefined = `${PATH}?n=1000`
    while (path !== undefined) {
      const response: HttpResponse = await this.#operator.request({ path }, 200)
      tokens.push(...(parseJson(response) as AccessTokenList).tokens)
      path = /^<([^>]+)>; *rel="next"/.exec(String(response.headers['link'] ?? ''))?.[1]
    }
    return tokens
  }

  async revoke(id: string): Promise<void> {
    const path = `${PATH}/${encodeURIComponent(id)}`
    await this.#operator.request({ method: 'DELETE', path }, 204)
  }
}
