import type { AccessTokens } from '../../auth/access-tokens.ts'
import {
  type AccessToken,
  type AccessTokenList,
  accessTokenRequest,
  type CreatedAccessToken,
} from '../../api/access-tokens.ts'
import { RegistryError } from '../../oci/errors.ts'
import type {
  AccessTokenRecord,
  AccessTokens as TokenIndex,
} from '../../../storage/index/access-tokens.ts'
import { sendJson, sendNothing } from '../answers.ts'
import { readJson } from '../json-body.ts'
import { linkToNext, readPaging } from '../paging.ts'
import { requestState } from '../request-state.ts'
import type { Handler } from '../route.ts'

const DEFAULT_PAGE = 100
const LONGEST_PAGE = 1000
const EXAMPLE = '{"owner":"ci","repositories":["apps/**"],"actions":["pull","push"]}'

export function listTokens(index: TokenIndex): Handler {
  return async (ctx) => {
    const paging = await readPaging(ctx, DEFAULT_PAGE, LONGEST_PAGE)
    const page = await index.list(paging)
    linkToNext(ctx, paging, page.more && page.entries.at(-1)?.id)
    sendJson(ctx, { tokens: page.entries.map(withoutHash) } satisfies AccessTokenList)
  }
}

/** Creates a token; only this answer has its secret. */
export function createToken(accessTokens: AccessTokens | undefined, now: () => number): Handler {
  return async (ctx) => {
    if (accessTokens === undefined) {
      throw new RegistryError(
        'REQUEST_INVALID',
        'access tokens are turned off: set auth.tokens to true',
      )
    }
    const { lifetime, ...wanted } = await readJson(ctx, accessTokenRequest, { example: EXAMPLE })
    const { secret, record } = await accessTokens.create({
      ...wanted,
      ...(lifetime !== undefined && { expiresAt: now() + lifetime }),
    })
    requestState(ctx).auditDetails = { token: withoutHash(record) }
    sendJson(ctx, { ...withoutHash(record), secret } satisfies CreatedAccessToken)
    ctx.status = 201
    ctx.set('Cache-Control', 'no-store')
  }
}

export function revokeToken(index: TokenIndex): Handler<'id'> {
  return async (ctx) => {
    const { id } = ctx.params
    requestState(ctx).auditDetails = { token: { id } }
    if (!(await index.delete(id)))
      throw new RegistryError('ROUTE_UNKNOWN', 'there is no access token with this id')
    sendNothing(ctx, 204)
  }
}

function withoutHash({ hash: _hash, ...token }: AccessTokenRecord): AccessToken {
  return token
}
