import type { RouterContext } from '@koa/router'
import type * as z from 'zod'
import {
  type AccessToken,
  type AccessTokenList,
  accessTokenRequest,
  type CreatedAccessToken,
} from '../../api/access-tokens.ts'
import type { AccessTokens } from '../../auth/access-tokens.ts'
import { RegistryError } from '../../oci/errors.ts'
import type {
  AccessTokenRecord,
  AccessTokens as TokenIndex,
} from '../../../storage/index/access-tokens.ts'
import { sendJson, sendNothing } from '../answers.ts'
import { readWhole } from '../body.ts'
import { linkToNext, readPaging } from '../paging.ts'

const LONGEST_REQUEST = 64 * 1024
const STANDARD_PAGE = 100
const LONGEST_PAGE = 1000

/** Access tokens: made, listed and revoked by operators. A secret is told once, when it is made. */
export class TokenHandlers {
  readonly #index: TokenIndex
  readonly #tokens: AccessTokens | undefined
  readonly #now: () => number

  /** @param tokens absent where access tokens are turned off */
  constructor(index: TokenIndex, tokens: AccessTokens | undefined, now: () => number) {
    this.#index = index
    this.#tokens = tokens
    this.#now = now
  }

  readonly list = async (ctx: RouterContext): Promise<void> => {
    const paging = readPaging(ctx, STANDARD_PAGE, LONGEST_PAGE)
    const page = await this.#index.list(paging)
    const last = page.entries.at(-1)?.id
    if (page.more && last !== undefined) linkToNext(ctx, paging.limit, last)
    sendJson(ctx, { tokens: page.entries.map(withoutHash) } satisfies AccessTokenList)
  }

  readonly create = async (ctx: RouterContext): Promise<void> => {
    if (this.#tokens === undefined) {
      throw new RegistryError(
        'REQUEST_INVALID',
        'access tokens are turned off: set auth.tokens to true',
      )
    }
    const { lifetime, ...wanted } = readRequest(await readWhole(ctx, LONGEST_REQUEST))
    const { secret, record } = await this.#tokens.create({
      ...wanted,
      ...(lifetime !== undefined && { expiresAt: this.#now() + lifetime }),
    })
    ctx.state['particulars'] = { token: withoutHash(record) }
    sendJson(ctx, { ...withoutHash(record), secret } satisfies CreatedAccessToken)
    ctx.status = 201
    ctx.set('Cache-Control', 'no-store')
  }

  readonly revoke = async (ctx: RouterContext): Promise<void> => {
    const { id } = ctx.params as { id: string }
    ctx.state['particulars'] = { token: { id } }
    if (!(await this.#index.delete(id)))
      throw new RegistryError('ROUTE_UNKNOWN', 'there is no access token with this id')
    sendNothing(ctx, 204)
  }
}

function readRequest(bytes: Uint8Array): z.infer<typeof accessTokenRequest> {
  let body: unknown
  try {
    body = JSON.parse(Buffer.from(bytes).toString())
  } catch (cause) {
    throw new RegistryError('REQUEST_INVALID', 'the request must be JSON', { cause })
  }
  const read = accessTokenRequest.safeParse(body)
  if (read.success) return read.data
  const [issue] = read.error.issues
  throw new RegistryError(
    'REQUEST_INVALID',
    `${issue?.path.join('.') ?? 'the request'}: ${issue?.message ?? 'is not valid'}`,
  )
}

function withoutHash({ hash: _hash, ...token }: AccessTokenRecord): AccessToken {
  return token
}
