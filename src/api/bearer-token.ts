/**
 * The answer of `/token`: distribution's "Token Authentication", with the field names of OAuth 2.0
 * too.
 */
export interface BearerTokenAnswer {
  readonly token: string
  /** The same token. */
  readonly access_token: string
  /** The scopes granted, divided by spaces. */
  readonly scope: string
  /** Seconds. */
  readonly expires_in: number
  /** RFC 3339. */
  readonly issued_at: string
}
