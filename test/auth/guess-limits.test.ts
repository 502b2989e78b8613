import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it, type TestContext } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { GuessLimits } from '../../src/auth/guess-limits.ts'
import { networkOf } from '../../src/auth/network.ts'
import { RegistryError } from '../../src/oci/errors.ts'
import { settled } from '../support/held-checks.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const HOME = '192.0.2.1'
const isTooMany = (error: unknown) =>
  error instanceof RegistryError && error.status === 429 && error.headers['Retry-After'] === '5'

class Guesses {
  now = 1_000_000
  checks = 0
  readonly limits = new GuessLimits(() => this.now)
  #guesses = 0

  right(address = HOME, account = 'alice', password = 'right') {
    return this.limits.guard(address, account, password, async () => {
      this.checks++
      return 'principal'
    })
  }

  wrong(address = HOME, account = 'alice', password = `wrong ${this.#guesses++}`) {
    return this.limits.guard(address, account, password, async () => {
      this.checks++
      return undefined
    })
  }

  async fail(times: number, address?: string, account?: string): Promise<void> {
    for (let time = 0; time < times; time++) await this.wrong(address, account)
  }
}

/** Lets a second pass for the waiting checks. */
async function second(test: TestContext): Promise<void> {
  await settled()
  test.mock.timers.tick(1000)
  await settled()
}

describe('a pair of address and account', () => {
  it('can fail a few times at full speed, and then has one check a second', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout'] })
    const guesses = new Guesses()
    await guesses.fail(5)
    assert.equal(guesses.checks, 5)
    const waiting = [guesses.wrong(), guesses.right(), guesses.wrong()]
    for (const done of [6, 7, 8]) {
      assert.equal(guesses.checks, done - 1)
      await second(test)
      assert.equal(guesses.checks, done)
    }
    assert.deepEqual(await Promise.all(waiting), [undefined, 'principal', undefined])
  })

  it('is rejected if too many checks are waiting', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout'] })
    const guesses = new Guesses()
    await guesses.fail(5)
    const waiting = Array.from({ length: 5 }, () => guesses.wrong())
    await assert.rejects(guesses.wrong(), isTooMany)
    await assert.rejects(guesses.right(), isTooMany)
    await second(test)
    const next = guesses.right()
    for (let turn = 0; turn < 5; turn++) await second(test)
    assert.deepEqual(
      await Promise.all(waiting),
      Array.from({ length: 5 }, () => undefined),
    )
    assert.equal(await next, 'principal')
  })

  it('cannot guess more by guessing in parallel', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout'] })
    const guesses = new Guesses()
    const all = Array.from({ length: 100 }, () => guesses.wrong().catch(() => 'turned away'))
    await settled()
    assert.equal(guesses.checks, 5)
    for (let turn = 0; turn < 5; turn++) await second(test)
    assert.equal(guesses.checks, 10)
    assert.equal((await Promise.all(all)).filter((result) => result === 'turned away').length, 90)
  })

  it('counts identical checks at the same time once', async () => {
    const guesses = new Guesses()
    const same = Array.from({ length: 50 }, () => guesses.wrong(HOME, 'alice', 'same'))
    assert.deepEqual(new Set(await Promise.all(same)), new Set([undefined]))
    assert.equal(guesses.checks, 1)
    await guesses.fail(4)
    assert.equal(guesses.checks, 5)
  })

  it('does not count checks that succeed or cannot be made', async () => {
    const guesses = new Guesses()
    for (let times = 0; times < 20; times++) await guesses.right()
    const busy = async () => {
      throw new RegistryError('TOO_MANY_REQUESTS')
    }
    for (let times = 0; times < 20; times++)
      await assert.rejects(guesses.limits.guard(HOME, 'alice', `${times}`, busy))
    await guesses.fail(5)
    assert.equal(guesses.checks, 25)
  })

  it('is at full speed again a minute after its first failure', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout'] })
    const guesses = new Guesses()
    await guesses.fail(5)
    guesses.now += 59_000
    const late = guesses.wrong()
    await settled()
    assert.equal(guesses.checks, 5)
    await second(test)
    await late
    guesses.now += 1001
    await guesses.fail(5)
    assert.equal(guesses.checks, 11)
  })

  it('slows down neither other accounts nor other networks', async () => {
    const guesses = new Guesses()
    await guesses.fail(5)
    assert.equal(await guesses.right('192.0.2.2'), 'principal')
    assert.equal(await guesses.right(HOME, 'bob'), 'principal')
    assert.equal(await guesses.right(HOME, ' alice'), 'principal')
  })

  it('is identified by the /64 of IPv6, and by IPv4 in IPv6-mapped form', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout'] })
    const guesses = new Guesses()
    for (let times = 0; times < 5; times++) await guesses.wrong(`2001:db8:1:2:${times}::1`)
    await guesses.fail(5, '::ffff:192.0.2.1', 'bob')
    const before = guesses.checks
    const waiting = [guesses.right('2001:db8:1:2:ffff::'), guesses.right(HOME, 'bob')]
    await settled()
    assert.equal(guesses.checks, before)
    assert.equal(await guesses.right('2001:db8:1:3::1'), 'principal')
    await second(test)
    await second(test)
    await Promise.all(waiting)
  })

  it('takes bounded memory, however many and long the names are', async () => {
    const guesses = new Guesses()
    await guesses.fail(5)
    const addressOf = (client: number) => `2001:db8:0:${client.toString(16)}::1`
    for (let client = 0; client < 20_000; client++)
      await guesses.fail(1, addressOf(client), `user ${client}`)
    await guesses.fail(1)
    assert.equal(guesses.checks, 20_006)
    collectGarbage()
    const before = process.memoryUsage().heapUsed
    for (let account = 0; account < 1000; account++)
      await guesses.fail(1, addressOf(account), randomBytes(25_000).toString('hex'))
    collectGarbage()
    assert.ok(process.memoryUsage().heapUsed - before < 20_000_000)
  })
})

describe('closed guess limits', () => {
  it('reject the waiting checks, so that the process can end', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout'] })
    const guesses = new Guesses()
    await guesses.fail(5)
    const waiting = [guesses.right(), guesses.wrong(), guesses.wrong()]
    await settled()
    guesses.limits.close()
    const turned = Promise.all(waiting.map((each) => assert.rejects(each, isTooMany)))
    for (let turn = 0; turn < 3; turn++) {
      await settled()
      test.mock.timers.tick(0)
    }
    await turned
    await assert.rejects(guesses.right(), isTooMany)
    assert.equal(guesses.checks, 5)
    assert.equal(await guesses.right('192.0.2.2'), 'principal')
  })
})

describe('obvious guessing', () => {
  it('is detected for the guessing pair only', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout'] })
    const guesses = new Guesses()
    const { limits } = guesses
    assert.equal(limits.isGuessed(HOME, 'alice'), false)
    const all = Array.from({ length: 99 }, () => guesses.wrong().catch(() => undefined))
    await settled()
    assert.equal(limits.isGuessed(HOME, 'alice'), false)
    const last = guesses.wrong().catch(() => undefined)
    assert.equal(limits.isGuessed(HOME, 'alice'), true)
    assert.equal(limits.isGuessed('192.0.2.2', 'alice'), false)
    assert.equal(limits.isGuessed(HOME, 'bob'), false)
    for (let turn = 0; turn < 5; turn++) await second(test)
    await Promise.all([...all, last])
    guesses.now += 60_001
    assert.equal(limits.isGuessed(HOME, 'alice'), false)
  })
})

describe('the network of an address', () => {
  it('is an IPv4 address itself, or the first half of an IPv6 address', () => {
    const known: readonly [address: string, expected: string][] = [
      ['192.0.2.1', '192.0.2.1'],
      ['::ffff:192.0.2.1', '192.0.2.1'],
      ['::FFFF:192.0.2.1', '192.0.2.1'],
      ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
      ['2001:DB8:0001:0002::', '2001:db8:1:2::/64'],
      ['2001:db8::1', '2001:db8:0:0::/64'],
      ['::1', '0:0:0:0::/64'],
      ['::', '0:0:0:0::/64'],
      ['fe80::1%eth0', 'fe80:0:0:0::/64'],
      ['1::2:3:4:5:6:7', '1:0:2:3::/64'],
      ['', ''],
      ['unknown', 'unknown'],
    ]
    for (const [address, expected] of known) assert.equal(networkOf(address), expected, address)
  })
})
