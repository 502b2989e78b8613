import type { IncomingMessage } from 'node:http'
import { isPrivate } from '../base/host.ts'
import type { Log } from '../base/log.ts'
import type { AccessTokens as TokenIndex } from '../../storage/index/access-tokens.ts'
import { AccessTokens } from './access-tokens.ts'
import { Accounts } from './accounts.ts'
import { Addresses } from './addresses.ts'
import { ADMIN_KEY_FILE, openAdminKey } from './admin-key.ts'
import type { ChallengeKind } from './challenge.ts'
import { parseKey } from './docker-config-key.ts'
import { Authenticator } from './authenticator.ts'
import { Authorizer } from './authorizer.ts'
import { GuessLimits } from './guess-limits.ts'
import { PasswordChecks } from './password-checks.ts'
import { AccessRules, type AccessRule } from './rules.ts'
import { BearerTokens } from './bearer-tokens.ts'
import { SealedPositions } from './sealed-positions.ts'
import { SharedAddresses } from './shared-addresses.ts'
import { openSigningKey, SIGNING_KEY_FILE } from './signing-key.ts'

/** The key files in the data directory. */
export const KEY_FILES: readonly string[] = [SIGNING_KEY_FILE, ADMIN_KEY_FILE]

export interface AuthenticationOptions {
  /** The data directory, which holds the keys. */
  readonly data: string
  readonly host: string
  readonly publicUrl: string | null
  readonly trustedProxies: readonly string[]
  readonly tls: boolean
  readonly htpasswd: string | null
  readonly dockerconfigjson: string | null
  readonly hosts: readonly string[]
  readonly tokens: boolean
  readonly challenge: ChallengeKind
  readonly groups: Readonly<Record<string, readonly string[]>>
  readonly rules: readonly AccessRule[]
  readonly index: TokenIndex
  readonly log: Log
  readonly now: () => number
}

/** Everything that authenticates and authorizes requests. */
export interface Authentication {
  readonly authenticator: Authenticator
  readonly authorizer: Authorizer
  readonly bearerTokens: BearerTokens
  readonly positions: SealedPositions
  /** Undefined if access tokens are turned off. */
  readonly accessTokens: AccessTokens | undefined
  /** The URL by which the client of a request reaches this registry, without a slash at its end. */
  readonly baseOf: (request: IncomingMessage) => string
  /** Stops watching files, and rejects the requests that wait for a password check. */
  readonly close: () => void
}

/**
 * Reads every source of credentials and the keys of this installation.
 * @throws Error if a configured source is invalid or cannot be read
 */
export async function openAuthentication(options: AuthenticationOptions): Promise<Authentication> {
  const { log, now, data, tls, trustedProxies } = options
  const publicUrl = options.publicUrl?.replace(/\/$/, '')
  const hosts = new Set(
    [...options.hosts, ...(publicUrl === undefined ? [] : [publicUrl])].map(
      (host) => parseKey(host).host,
    ),
  )
  const withPath = options.hosts.find((host) => parseKey(host).path !== '')
  if (withPath !== undefined) {
    throw new Error(`auth.hosts: "${withPath}" has a path: use HOST or HOST:PORT`)
  }
  if (options.dockerconfigjson !== null && hosts.size === 0) {
    throw new Error(
      'auth.dockerconfigjson needs publicUrl or auth.hosts, the names of this registry in its entries',
    )
  }
  const rules = new AccessRules(options.rules, options.groups)
  if (rules.present && !hasSource(options)) {
    throw new Error(
      'auth.rules is set, but nobody can log in: set auth.htpasswd, auth.dockerconfigjson or auth.tokens',
    )
  }
  const addresses = new Addresses({ publicUrl, trustedProxies, tls, log })
  const key = await openSigningKey(data)
  const adminKey = await openAdminKey(data)
  const accounts = await Accounts.open({
    htpasswd: options.htpasswd ?? undefined,
    dockerconfigjson: options.dockerconfigjson ?? undefined,
    hosts,
    fingerprint: key.fingerprint,
    checks: new PasswordChecks(),
    log,
  })
  const accessTokens = options.tokens ? new AccessTokens(options.index, accounts, now) : undefined
  const bearerTokens = new BearerTokens(key, now)
  const limits = new GuessLimits(now)
  const open = !hasSource(options)
  const authenticator = new Authenticator({
    accounts,
    accessTokens,
    bearerTokens,
    open,
    limits,
    addresses,
    sharedAddresses: new SharedAddresses(log),
    service: key.service,
    challenge: options.challenge,
    adminKey,
    fingerprint: key.fingerprint,
    now,
  })
  if (!open) warn(options, publicUrl, rules)
  return {
    authenticator,
    authorizer: new Authorizer(rules, open),
    bearerTokens,
    positions: new SealedPositions(key.derive('positions')),
    accessTokens,
    baseOf: (request) => addresses.base(request),
    close: () => {
      accounts.close()
      limits.close()
    },
  }
}

function hasSource({ htpasswd, dockerconfigjson, tokens }: AuthenticationOptions): boolean {
  return htpasswd !== null || dockerconfigjson !== null || tokens
}

function warn(
  { challenge, host, log }: AuthenticationOptions,
  publicUrl: string | undefined,
  rules: AccessRules,
): void {
  if (challenge === 'basic' && rules.anonymousPull) {
    log.warn(
      {},
      'auth.rules allow anonymous pulls, but docker cannot push to such a registry with auth.challenge basic: set it to bearer',
    )
  }
  const realm = publicUrl === undefined ? host : new URL(publicUrl).hostname
  if (challenge === 'bearer' && isPrivate(realm)) {
    log.warn(
      { address: realm },
      'Istio does not fetch tokens from localhost and private addresses: set publicUrl to a DNS name, or auth.challenge to basic',
    )
  }
}
