import * as z from 'zod'
import { ACTIONS } from './actions.ts'

/*
 * `/v2/_wasmoor/tokens`: access tokens, which operators create, list and revoke. Times are
 * milliseconds since 1970.
 */

/** The account of the admin key's holder in logs. No other account and no token has this name. */
export const ADMIN_KEY_ACCOUNT = 'admin-key'

/** `POST /v2/_wasmoor/tokens` */
export const accessTokenRequest = z.strictObject({
  owner: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/)
    .refine((owner) => owner !== ADMIN_KEY_ACCOUNT, {
      error: `${ADMIN_KEY_ACCOUNT} is the name of the admin key: choose another`,
    }),
  /** Patterns of repository names. */
  repositories: z.array(z.string().min(1).max(255)).min(1).max(100),
  actions: z.array(z.enum(ACTIONS)).min(1),
  /** Milliseconds until the token expires; absent for a token that does not expire. */
  lifetime: z.int().positive().optional(),
})

export type AccessTokenRequest = z.input<typeof accessTokenRequest>

/** An access token without its secret. */
export interface AccessToken {
  readonly id: string
  /** Account or robot whose rights the token has, within its own limits. */
  readonly owner: string
  /** Whether the token ends with its owner's account. */
  readonly boundToAccount: boolean
  readonly repositories: readonly string[]
  readonly actions: readonly string[]
  readonly createdAt: number
  readonly expiresAt?: number
  readonly lastUsedAt?: number
}

/** The answer to a creation, the only one that contains the secret. */
export interface CreatedAccessToken extends AccessToken {
  /** Used as a password, with any user name. */
  readonly secret: string
}

/** `GET /v2/_wasmoor/tokens`, one page. */
export interface AccessTokenList {
  readonly tokens: readonly AccessToken[]
}
