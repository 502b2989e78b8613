import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { describe, it } from 'node:test'
import { basic, passwordOf } from '../support/closed-server.ts'
import { settled } from '../support/held-checks.ts'
import { AWAY, HOME, openAuthenticator } from '../support/test-authenticator.ts'

const wrong = (guess: number) => basic('alice', `wrong ${guess}`)

describe('a valid password', () => {
  it('is checked once for each network that it is sent from', async (test) => {
    const { state, who, cached } = await openAuthenticator(test)
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
    const { state, authenticator, who } = await openAuthenticator(test)
    for (let times = 0; times < 3; times++)
      assert.equal((await authenticator.login('alice', passwordOf('alice'), HOME))?.name, 'alice')
    assert.equal(await who(basic('alice')), 'alice')
    assert.equal(state.checks, 1)
  })

  it('is checked once for many requests at the same time', async (test) => {
    const { state, who } = await openAuthenticator(test)
    const all = Array.from({ length: 50 }, () => who(basic('alice')))
    assert.deepEqual(new Set(await Promise.all(all)), new Set(['alice']))
    assert.equal(state.checks, 1)
  })
})

describe('an invalid password', () => {
  it('is checked every time and never cached', async (test) => {
    const { state, who, cached } = await openAuthenticator(test)
    await who(basic('alice'))
    for (let times = 0; times < 4; times++) assert.equal(await who(wrong(0)), 401)
    assert.equal(state.checks, 5)
    assert.equal(await cached(wrong(0)), undefined)
    assert.equal(await who(basic('nobody')), 401)
    assert.equal(state.checks, 6)
  })

  it('does not slow down logins with a cached password after a few guesses', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout'] })
    const { state, who } = await openAuthenticator(test)
    await who(basic('alice'))
    for (let guess = 0; guess < 5; guess++) assert.equal(await who(wrong(guess)), 401)
    const waiting = who(wrong(5))
    assert.equal(await who(basic('alice')), 'alice')
    assert.equal(state.checks, 6)
    test.mock.timers.tick(1000)
    assert.equal(await waiting, 401)
  })

  it('cannot be found out from the cache by a flood of guesses', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout'] })
    const { state, who, cached } = await openAuthenticator(test)
    await who(basic('alice'))
    await who(basic('alice'), AWAY)
    const guesses = Array.from({ length: 6020 }, (_, guess) => who(wrong(guess)))
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
    assert.equal(statuses.filter((status) => status === 429).length, 6010)
    assert.equal(state.checks, 12)
    state.now += 60_001
    assert.equal(await cached(basic('alice')), 'alice')
  })
})

describe('a bearer token', () => {
  it('is looked up on every request, with only its signature cached', async (test) => {
    const { state, authenticator, bearerTokens, accounts, who, cached } =
      await openAuthenticator(test)
    const alice = await accounts.verify('alice', passwordOf('alice'), HOME)
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
