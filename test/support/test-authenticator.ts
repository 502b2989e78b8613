import { writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { Accounts } from '../../src/auth/accounts.ts'
import { Addresses } from '../../src/auth/addresses.ts'
import { Authenticator } from '../../src/auth/authenticator.ts'
import type { Caller } from '../../src/auth/caller.ts'
import { GuessLimits } from '../../src/auth/guess-limits.ts'
import { PasswordChecks } from '../../src/auth/password-checks.ts'
import { BearerTokens } from '../../src/auth/bearer-tokens.ts'
import { SharedAddresses } from '../../src/auth/shared-addresses.ts'
import { openSigningKey } from '../../src/auth/signing-key.ts'
import type { RegistryError } from '../../src/oci/errors.ts'
import { htpasswdOf, passwordOf } from './closed-server.ts'
import { KeptLog } from './kept-log.ts'
import { temporaryDirectory } from './temporary-directory.ts'

export const HOME = '192.0.2.1'
export const AWAY = '198.51.100.1'

/** An authenticator that counts its password checks, with a clock that a test sets. */
export async function openAuthenticator(test: TestContext, users: readonly string[] = ['alice']) {
  const directory = await temporaryDirectory(test)
  const htpasswd = join(directory, 'users')
  await writeFile(htpasswd, htpasswdOf(users))
  const state = { now: Date.now(), checks: 0 }
  const now = () => state.now
  const log = new KeptLog()
  const key = await openSigningKey(directory)
  const checks = new PasswordChecks(async (password) => {
    state.checks++
    return users.some((user) => password === passwordOf(user))
  })
  const { fingerprint } = key
  const accounts = await Accounts.open({ htpasswd, hosts: new Set(), fingerprint, checks, log })
  test.after(() => accounts.close())
  const bearerTokens = new BearerTokens(key, now)
  const authenticator = new Authenticator({
    accounts,
    accessTokens: undefined,
    bearerTokens,
    open: false,
    limits: new GuessLimits(now),
    addresses: new Addresses({ trustedProxies: [], tls: false, log }),
    sharedAddresses: new SharedAddresses(log),
    service: key.service,
    challenge: 'bearer',
    adminKey: 'a key that nobody has here',
    fingerprint,
    now,
  })
  const request = (authorization: string, address: string) =>
    ({
      headers: { authorization, host: 'registry.example' },
      socket: { remoteAddress: address },
    }) as unknown as IncomingMessage
  /** The account of an `Authorization` header, or the status of the failure. */
  const who = (authorization: string, address = HOME): Promise<string | number | undefined> =>
    authenticator.authenticate(request(authorization, address)).then(
      ({ principal }: Caller) => principal?.name,
      (error: unknown) => (error as RegistryError).status,
    )
  const cached = async (authorization: string, address = HOME) =>
    (await authenticator.authenticateFromCache(request(authorization, address)))?.principal?.name
  return { authenticator, state, bearerTokens, accounts, log, who, cached }
}
