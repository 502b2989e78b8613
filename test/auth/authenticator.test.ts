import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { Accounts } from '../../src/auth/accounts.ts'
import { Addresses } from '../../src/auth/addresses.ts'
import { Authenticator } from '../../src/auth/authenticator.ts'
import type { Caller } from '../../src/auth/caller.ts'
import { GuessLimits } from '../../src/auth/guess-limits.ts'
import { PasswordChecks } from '../../src/auth/password-checks.ts'
import { BearerTokens } from '../../src/auth/bearer-tokens.ts'
import { openSigningKey } from '../../src/auth/signing-key.ts'
import type { RegistryError } from '../../src/oci/errors.ts'
import { basic, htpasswdOf, passwordOf } from '../support/closed-server.ts'
import { settled } from '../support/held-checks.ts'
import { KeptLog } from '../support/kept-log.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const HOME = '192.0.2.1'
const AWAY = '198.51.100.1'

/** An authenticator that counts its password checks, with a clock that a test sets. */
async function open(test: TestContext) {
  const directory = await temporaryDirectory(test)
  const htpasswd = join(directory, 'users')
  await writeFile(htpasswd, htpasswdOf(['alice']))
  const state = { now: Date.now(), checks: 0 }
  const now = () => state.now
  const log = new KeptLog()
  const key = await openSigningKey(directory)
  const checks = new PasswordChecks(async (password) => {
    state.checks++
    return password === passwordOf('alice')
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
  return { authenticator, state, bearerTokens, accounts, who, cached }
}

const wrong = (guess: number) => basic('alice', `wrong ${guess}`)

describe('a valid password', () => {
  it('is checked once for each network that it is sent from', async (test) => {
    const { state, who, cached } = await open(test)
    assert.equal(await cached(basic('alice')), undefined)
    for (let times = 0; times < 5; times++) assert.equal(await who(basic('alice')), 'alice')
    assert.equal(state.checks, 1)
    assert.equal(await cached(basic('alice')), 'alice')
    assert.equal(await cached(basic('alice'), AWAY), undefined)
    assert.equal(await who(basic('alice'), AWAY), 'alice')
    for (const last of ['1', '2', 'ffff']) await who(basic('alice'), `2001:db8::${last}`)
    assert.equal(state.checks, 3)
  })

  it('is checked once for login and for requests together', async (test) => {
    const { state, authenticator, who } = await open(test)
    for (let times = 0; times < 3; times++)
      assert.equal((await authenticator.login('alice', passwordOf('alice'), HOME))?.name, 'alice')
    assert.equal(await who(basic('alice')), 'alice')
    assert.equal(state.checks, 1)
  })

  it('is checked once for many requests at the same time', async (test) => {
    const { state, who } = await open(test)
    const all = Array.from({ length: 50 }, () => who(basic('alice')))
    assert.deepEqual(new Set(await Promise.all(all)), new Set(['alice']))
    assert.equal(state.checks, 1)
  })
})

describe('an invalid password', () => {
  it('is checked every time and never cached', async (test) => {
    const { state, who, cached } = await open(test)
    await who(basic('alice'))
    for (let times = 0; times < 4; times++) assert.equal(await who(wrong(0)), 401)
    assert.equal(state.checks, 5)
    assert.equal(await cached(wrong(0)), undefined)
    assert.equal(await who(basic('nobody')), 401)
    assert.equal(state.checks, 6)
  })

  it('does not slow down logins with a cached password after a few guesses', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout'] })
    const { state, who } = await open(test)
    await who(basic('alice'))
    for (let guess = 0; guess < 5; guess++) assert.equal(await who(wrong(guess)), 401)
    const waiting = who(wrong(5))
    assert.equal(await who(basic('alice')), 'alice')
    assert.equal(state.checks, 6)
    test.mock.timers.tick(1000)
    assert.equal(await waiting, 401)
  })

  it('cannot be found out from the cache by many guesses', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout'] })
    const { state, who, cached } = await open(test)
    await who(basic('alice'))
    await who(basic('alice'), AWAY)
    const guesses = Array.from({ length: 120 }, (_, guess) => who(wrong(guess)))
    await settled()
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
    // After so many guesses even the right password is rejected, or it would stand out.
    assert.equal(await cached(basic('alice')), undefined)
    assert.equal(await who(basic('alice')), 429)
    assert.equal(await who(basic('alice'), AWAY), 'alice')
    for (let second = 0; second < 5; second++) {
      await settled()
      test.mock.timers.tick(1000)
    }
    const statuses = await Promise.all(guesses)
    assert.equal(statuses.filter((status) => status === 401).length, 10)
    assert.equal(statuses.filter((status) => status === 429).length, 110)
    assert.equal(state.checks, 12)
    state.now += 60_001
    assert.equal(await cached(basic('alice')), 'alice')
  })
})

describe('a bearer token', () => {
  it('is looked up on every request, with only its signature cached', async (test) => {
    const { state, authenticator, bearerTokens, accounts, who, cached } = await open(test)
    const alice = await accounts.verify('alice', passwordOf('alice'))
    const { token } = await bearerTokens.issue(alice, [])
    const authorization = `Bearer ${token}`
    assert.equal(await cached(authorization), undefined)
    assert.equal(await who(authorization), 'alice')
    assert.equal(await cached(authorization), 'alice')
    state.now += 300_000
    const headers = { authorization, host: 'registry.example' }
    const request = { headers, socket: { remoteAddress: HOME } } as unknown as IncomingMessage
    assert.equal((await authenticator.authenticate(request)).expired, true)
    state.now -= 600_000
    assert.equal(await who(authorization), 401)
    const another = await bearerTokens.issue({ name: 'alice', credential: 'of_x' }, [])
    assert.equal(await who(`Bearer ${another.token}`), 401)
    const gone = await bearerTokens.issue({ name: 'bob', credential: alice!.credential }, [])
    assert.equal(await who(`Bearer ${gone.token}`), 401)
  })
})
