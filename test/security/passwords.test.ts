import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { GuessLimits } from '../../src/auth/guess-limits.ts'
import { PasswordChecks } from '../../src/auth/password-checks.ts'
import { repositoryScope } from '../../src/auth/scopes.ts'
import { basic } from '../support/closed-server.ts'
import { HeldChecks, settled } from '../support/held-checks.ts'
import { openAuthenticator } from '../support/test-authenticator.ts'

const ATTACKER = '203.0.113.1'
const failures = (results: readonly PromiseSettledResult<unknown>[]) =>
  results.filter((result) => result.status === 'rejected').length

/** Lets a second pass for the slowed checks. */
async function second(test: TestContext): Promise<void> {
  await settled()
  await new Promise((resolve) => {
    setImmediate(resolve)
  })
  test.mock.timers.tick(1000)
}

describe('the queue of password checks', () => {
  it('M4: serves the networks in turn, and has few places for each', async () => {
    const held = new HeldChecks()
    const checks = new PasswordChecks(held.verify)
    const check = (name: string, address: string) =>
      checks.check({ name, password: name, hash: 'hash', address })
    const flood = Array.from({ length: 300 }, (_, at) => check(`made up ${at}`, ATTACKER))
    const others = Array.from({ length: 39 }, (_, at) => check(`user ${at}`, `192.0.2.${at}`))
    await held.endAll(true)
    assert.equal(failures(await Promise.allSettled(flood)), 291)
    assert.equal(failures(await Promise.allSettled(others)), 0)
    // The first of all was running; then each network has a turn before any has its second.
    const order = held.asked.slice(1, 41).map(({ password }) => password)
    assert.equal(order.filter((name) => name.startsWith('made up')).length, 1)
  })

  it('M4: takes a place from the network with most of them where all are taken', async () => {
    const held = new HeldChecks()
    const checks = new PasswordChecks(held.verify)
    const check = (name: string, address: string) =>
      checks.check({ name, password: name, hash: 'hash', address })
    const attackers = Array.from({ length: 90 }, (_, at) => check(`${at}`, `203.0.113.${at % 9}`))
    const right = check('alice', '192.0.2.1')
    await held.endAll(true)
    assert.equal(await right, true)
    assert.equal(failures(await Promise.allSettled(attackers)), 26)
  })

  it('M4: slows a network down for its made-up names, and no other network', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout'] })
    const limits = new GuessLimits(() => 0)
    let checked = 0
    const guess = (name: string, address: string) =>
      limits.guard(address, name, 'password', async () => {
        checked++
        return undefined
      })
    const made = Array.from({ length: 300 }, (_, at) => guess(`made up ${at}`, ATTACKER))
    const all = Promise.allSettled(made)
    await settled()
    assert.equal(checked, 30)
    await guess('alice', '192.0.2.1')
    assert.equal(checked, 31)
    // Networks that are slowed down have their turns one after the other.
    const slowed = Array.from({ length: 31 }, (_, at) => guess(`typo ${at}`, '192.0.2.2'))
    for (let turn = 0; turn < 3; turn++) await second(test)
    await Promise.all(slowed)
    for (let turn = 0; turn < 5; turn++) await second(test)
    assert.equal(failures(await all), 265)
    assert.equal(checked, 31 + 31 + 5)
  })
})

describe('the check of a name', () => {
  it('M5: is the same work for a name that exists, for one that does not, and for two', async (test) => {
    const { authenticator, state } = await openAuthenticator(test, ['alice', 'bob'])
    const works: number[] = []
    for (const pair of [
      ['alice', 'bob'],
      ['alice', 'nobody'],
      ['nobody', 'someone else'],
    ]) {
      const before = state.checks
      // From different networks, with the same password, at the same time.
      const logins = pair.map((name, at) => authenticator.login(name, 'same', `192.0.2.${at}`))
      assert.deepEqual(await Promise.all(logins), [undefined, undefined])
      works.push(state.checks - before)
    }
    assert.deepEqual(works, [2, 2, 2])
  })
})

describe('an account behind a shared address', () => {
  it('M12: logs in with a recent password, once a second, while it is being guessed', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout'] })
    const { state, who } = await openAuthenticator(test)
    assert.equal(await who(basic('alice')), 'alice')
    const guesses: Promise<unknown>[] = []
    const statuses: unknown[] = []
    for (let time = 0; time < 30; time++) {
      for (let guess = 0; guess < 50; guess++)
        guesses.push(who(basic('alice', `wrong ${time} ${guess}`)))
      await settled()
      const right = who(basic('alice'))
      await second(test)
      statuses.push(await right)
    }
    assert.deepEqual(new Set(statuses), new Set(['alice']))
    for (let turn = 0; turn < 6; turn++) await second(test)
    assert.ok((await Promise.all(guesses)).every((status) => status === 401 || status === 429))
    // Each second one of the guesses was checked, and the right password never again.
    assert.ok(state.checks <= 1 + 5 + 36, `${state.checks}`)
  })

  it('M12: has its password checked again an hour after its last use', async (test) => {
    const { state, who } = await openAuthenticator(test)
    await who(basic('alice'))
    state.now += 3_500_000
    await who(basic('alice'))
    state.now += 3_500_000
    await who(basic('alice'))
    assert.equal(state.checks, 1)
    state.now += 3_600_001
    await who(basic('alice'))
    assert.equal(state.checks, 2)
  })

  it('M12: leads to one warning where many accounts have one private address', async (test) => {
    const users = Array.from({ length: 12 }, (_, at) => `user${at}`)
    const { who, log } = await openAuthenticator(test, users)
    const warnings = () =>
      log.lines.filter(({ message }) => /add it to trustedProxies/.test(message))
    for (const user of users) await who(basic(user), '198.51.100.7')
    for (const user of users.slice(0, 7)) await who(basic(user), '10.0.0.1')
    assert.equal(warnings().length, 0)
    for (const user of users) await who(basic(user), '10.0.0.1')
    assert.deepEqual(
      warnings().map(({ level, fields }) => [level, fields['address']]),
      [['warn', '10.0.0.1']],
    )
  })
})

describe('the cache of bearer tokens', () => {
  it('L7: is bounded by bytes: large tokens push out older ones', async (test) => {
    const { bearerTokens, who, authenticator } = await openAuthenticator(test)
    const scopes = Array.from({ length: 60 }, (_, at) =>
      repositoryScope(`${'long'.repeat(10)}/${at}`, 1),
    )
    const isKept = async (token: string) => {
      const headers = { authorization: `Bearer ${token}`, host: 'registry.example' }
      const request = { headers, socket: { remoteAddress: ATTACKER } }
      return (await authenticator.authenticateFromCache(request as never)) !== undefined
    }
    const tokens: string[] = []
    for (let made = 0; made < 1200; made++) {
      const { token } = await bearerTokens.issue(undefined, scopes)
      await who(`Bearer ${token}`)
      tokens.push(token)
    }
    assert.equal(await isKept(tokens.at(-1)!), true)
    assert.equal(await isKept(tokens[0]!), false)
    let bytes = 0
    for (const token of tokens) if (await isKept(token)) bytes += 1024 + 2 * token.length
    assert.ok(bytes <= 16 * 1024 * 1024)
  })
})
