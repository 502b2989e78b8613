import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PasswordChecks } from '../../src/auth/password-checks.ts'
import { RegistryError } from '../../src/oci/errors.ts'
import { cheapHash } from '../support/closed-server.ts'
import { HeldChecks, settled } from '../support/held-checks.ts'

const isTooMany = (error: unknown) =>
  error instanceof RegistryError && error.status === 429 && error.headers['Retry-After'] === '1'

const check = (checks: PasswordChecks, password: string, hash: string, name = 'alice') =>
  checks.check({ name, password, hash, address: '192.0.2.1' })

describe('password checks', () => {
  it('accept the right password and no other', async () => {
    const checks = new PasswordChecks()
    const hash = cheapHash('p@ss:wörd')
    assert.equal(await check(checks, 'p@ss:wörd', hash), true)
    for (const wrong of ['', 'p@ss:word', 'p@ss:wörd ', 'P@ss:wörd', hash])
      assert.equal(await check(checks, wrong, hash), false)
  })

  it('reject a password with a NUL', async () => {
    const checks = new PasswordChecks()
    assert.equal(await check(checks, 'secret\0', cheapHash('secret')), false)
    assert.equal(await check(checks, 'secret\0more', cheapHash('secret')), false)
    assert.equal(await check(checks, '\0', cheapHash('')), false)
  })

  it('run one after the other, in order', async () => {
    const held = new HeldChecks()
    const checks = new PasswordChecks(held.verify)
    const results = ['a', 'b', 'c'].map((password) => check(checks, password, 'hash'))
    await settled()
    assert.deepEqual(
      held.asked.map(({ password }) => password),
      ['a'],
    )
    await held.end(true)
    assert.deepEqual(
      held.asked.map(({ password }) => password),
      ['a', 'b'],
    )
    await held.end(false)
    await held.end(true)
    assert.deepEqual(await Promise.all(results), [true, false, true])
    assert.equal(held.most, 1)
  })

  it('are shared by identical requests while they run', async () => {
    const held = new HeldChecks()
    const checks = new PasswordChecks(held.verify)
    const ask = () => check(checks, 'same', 'hash')
    const first = [ask(), ask(), ask(), check(checks, 'same', 'other hash')]
    await held.endAll(true)
    assert.deepEqual(await Promise.all(first), [true, true, true, true])
    assert.equal(held.asked.length, 2)
    const later = ask()
    await held.endAll(false)
    assert.equal(await later, false)
    assert.equal(held.asked.length, 3)
  })

  it('are not shared by different pairs of password and hash', async () => {
    const held = new HeldChecks()
    const checks = new PasswordChecks(held.verify)
    const all = [check(checks, 'b', 'a'), check(checks, 'ab', ''), check(checks, '","b', 'a')]
    await held.endAll(true)
    await Promise.all(all)
    assert.equal(held.asked.length, 3)
  })

  it('are rejected while too many of one network are waiting', async () => {
    const held = new HeldChecks()
    const checks = new PasswordChecks(held.verify)
    // One runs, and eight wait.
    const nine = Array.from({ length: 9 }, (_, at) => check(checks, `p${at}`, 'hash'))
    await assert.rejects(check(checks, 'one more', 'hash'), isTooMany)
    // A check that is already pending is shared.
    const shared = check(checks, 'p8', 'hash')
    await held.endAll(false)
    await Promise.all([...nine, shared])
    const again = check(checks, 'one more', 'hash')
    await held.endAll(true)
    assert.equal(await again, true)
  })

  it('continue after one that failed', async () => {
    let calls = 0
    const checks = new PasswordChecks(async () => {
      if (++calls === 1) throw new Error('no thread')
      return true
    })
    await assert.rejects(check(checks, 'a', 'hash'), /no thread/)
    assert.equal(await check(checks, 'b', 'hash'), true)
    assert.equal(await check(checks, 'a', 'hash'), true)
  })
})
