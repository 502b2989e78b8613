import { randomUUID } from 'node:crypto'
import { errors, jwtVerify, SignJWT } from 'jose'
import { type ActionSet, actionSet } from './actions.ts'
import { type AccessClaim, CATALOG, OPERATE, type Scope, ACCOUNT, toClaim } from './scopes.ts'
import type { SigningKey } from './signing-key.ts'

/** Seconds. Clients fetch a new token by themselves. */
const LIFETIME = 300
/** Seconds. The lifetime of a token with the scope {@link ACCOUNT}. */
const SIGN_IN_TOKEN_LIFETIME = 3600
/** Seconds after the sign-in, until which such a token can be renewed without the password. */
const LONGEST_SIGN_IN = 8 * 3600

/** The content of a bearer token whose signature is valid. */
export interface BearerToken {
  /** Absent for an anonymous caller. */
  readonly name?: string
  readonly credential?: string
  /**
   * Time of the sign-in, in milliseconds since 1970; present if the token has all rights of its
   * account in repositories.
   */
  readonly signedInAt?: number
  /** Actions by repository. */
  readonly scope: ReadonlyMap<string, ActionSet>
  /** Whether it may list repositories. */
  readonly catalog: boolean
  /** Whether it may operate the registry. */
  readonly operate: boolean
  /** Milliseconds since 1970. */
  readonly expiresAt: number
  readonly notBefore: number
}

/**
 * Issues and verifies the tokens of the token endpoint: JWTs with the claims of distribution's
 * "Token Authentication", signed with the key of this installation.
 */
export class BearerTokens {
  readonly #key: SigningKey
  readonly #now: () => number

  constructor(key: SigningKey, now: () => number) {
    this.#key = key
    this.#now = now
  }

  /** @param since time of the sign-in in milliseconds since 1970, if the token is a renewed one */
  async issue(
    principal: { name: string; credential: string } | undefined,
    scopes: readonly Scope[],
    since?: number,
  ): Promise<{ token: string; issuedAt: number; lifetime: number }> {
    const issuedAt = Math.floor(this.#now() / 1000)
    const begin = since === undefined ? issuedAt : Math.floor(since / 1000)
    const isSignIn = scopes.includes(ACCOUNT)
    const lifetime = isSignIn
      ? Math.min(SIGN_IN_TOKEN_LIFETIME, begin + LONGEST_SIGN_IN - issuedAt)
      : LIFETIME
    const { service, kid, privateKey } = this.#key
    const token = await new SignJWT({
      access: scopes.map(toClaim),
      ...(principal && { credential: principal.credential }),
      ...(isSignIn && { auth_time: begin }),
    })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'JWT', kid })
      .setIssuer(service)
      .setAudience(service)
      .setSubject(principal?.name ?? '')
      .setIssuedAt(issuedAt)
      .setNotBefore(issuedAt)
      .setExpirationTime(issuedAt + lifetime)
      .setJti(randomUUID())
      .sign(privateKey)
    return { token, issuedAt: issuedAt * 1000, lifetime }
  }

  /** Checks the signature of a token, but neither `notBefore` nor `expiresAt`. */
  async verify(token: string): Promise<BearerToken | undefined> {
    const { service, kid, publicKey } = this.#key
    try {
      const { payload, protectedHeader } = await jwtVerify(token, publicKey, {
        algorithms: ['EdDSA'],
        typ: 'JWT',
        issuer: service,
        audience: service,
        requiredClaims: ['sub', 'exp', 'nbf', 'iat', 'jti'],
        // jose would reject an expired token, which can still continue an upload.
        currentDate: new Date(0),
        clockTolerance: Number.MAX_SAFE_INTEGER,
      })
      if (protectedHeader.kid !== kid) return undefined
      const access = payload['access'] as AccessClaim[]
      const isSignIn = access.some(isFor(ACCOUNT))
      return {
        ...(payload.sub && { name: payload.sub, credential: String(payload['credential']) }),
        scope: new Map(
          access
            .filter(({ type }) => type === 'repository')
            .map(({ name, actions }) => [name, actionSet(actions)]),
        ),
        ...(isSignIn && { signedInAt: Number(payload['auth_time']) * 1000 }),
        catalog: isSignIn || access.some(isFor(CATALOG)),
        operate: access.some(isFor(OPERATE)),
        expiresAt: payload.exp! * 1000,
        notBefore: payload.nbf! * 1000,
      }
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof TypeError) return undefined
      throw error
    }
  }
}

function isFor(scope: Scope): (claim: AccessClaim) => boolean {
  return ({ type, name }) => type === scope.type && name === scope.name
}
