import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PasswordChecks } from '../../src/auth/password-checks.ts'
import { RegistryError } from '../../src/oci/errors.ts'
import { cheapHash } from '../support/closed-server.ts'
import { HeldChecks, settled } from '../support/held-checks.ts'

const isTooMany = (error: unknown) =>
  error instanceof RegistryError && error.status === 429 && error.headers['Retry-After'] === '1'

describe('password checks', () => {
  it('accept the right password and no other', async () => {
    const checks = new PasswordChecks()
    const hash = cheapHash('p@ss:wörd')
    assert.equal(await checks.check('p@ss:wörd', hash), true)
    for (const wrong of ['', 'p@ss:word', 'p@ss:wörd ', 'P@ss:wörd', hash])
      assert.equal(await checks.check(wrong, hash), false)
  })

  it('reject a password with a NUL', async () => {
    const checks = new PasswordChecks()
    assert.equal(await checks.check('secret\0', cheapHash('secret')), false)
    assert.equal(await checks.check('secret\0more', cheapHash('secret')), false)
    assert.equal(await checks.check('\0', cheapHash('')), false)
  })

  it('run one after the other, in order', async () => {
    const held = new HeldChecks()
    const checks = new PasswordChecks(held.verify)
    const results = ['a', 'b', 'c'].map((password) => checks.check(password, 'hash'))
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
    const ask = () => checks.check('same', 'hash')
    const first = [ask(), ask(), ask(), checks.check('same', 'other hash')]
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
    const all = [checks.check('b', 'a'), checks.check('ab', ''), checks.check('","b', 'a')]
    await held.endAll(true)
    await Promise.all(all)
    assert.equal(held.asked.length, 3)
  })

  it('are rejected while too many are pending', async () => {
    const held = new HeldChecks()
    const checks = new PasswordChecks(held.verify)
    const waiting = Array.from({ length: 64 }, (_, at) => checks.check(`p${at}`, 'hash'))
    assert.throws(() => checks.check('one more', 'hash'), isTooMany)
    // A check that is already pending is shared.
    const shared = checks.check('p63', 'hash')
    await held.endAll(false)
    await Promise.all([...waiting, shared])
    const again = checks.check('one more', 'hash')
    await held.endAll(true)
    assert.equal(await again, true)
  })

  it('continue after one that failed', async () => {
    let calls = 0
    const checks = new PasswordChecks(async () => {
      if (++calls === 1) throw new Error('no thread')
      return true
    })
    await assert.rejects(checks.check('a', 'hash'), /no thread/)
    assert.equal(await checks.check('b', 'hash'), true)
    assert.equal(await checks.check('a', 'hash'), true)
  })
})
