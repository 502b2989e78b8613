import assert from 'node:assert/strict'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { Accounts } from '../../src/auth/accounts.ts'
import { PasswordChecks } from '../../src/auth/password-checks.ts'
import { cheapHash, htpasswdOf, passwordOf } from '../support/closed-server.ts'
import { HeldChecks, settled } from '../support/held-checks.ts'
import { KeptLog } from '../support/kept-log.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

interface Files {
  readonly htpasswd?: string
  readonly auths?: object
}

/**
 * Accounts whose password checks a test controls; `replace` changes the htpasswd file as Kubernetes
 * does.
 */
async function open(test: TestContext, { htpasswd, auths }: Files, held = new HeldChecks()) {
  const directory = await temporaryDirectory(test)
  const [users, pullers] = [join(directory, 'htpasswd'), join(directory, 'config.json')]
  if (htpasswd !== undefined) await writeFile(users, htpasswd)
  if (auths !== undefined) await writeFile(pullers, JSON.stringify({ auths }))
  const log = new KeptLog()
  const accounts = await Accounts.open({
    ...(htpasswd !== undefined && { htpasswd: users }),
    ...(auths !== undefined && { dockerconfigjson: pullers }),
    hosts: new Set(['registry.example']),
    fingerprint: (credential) => `of ${credential}`,
    checks: new PasswordChecks(held.verify),
    log,
  })
  test.after(() => accounts.close())
  const replace = async (text: string) => {
    const before = log.lines.length
    await writeFile(`${users}.new`, text)
    await rename(`${users}.new`, users)
    await log.line(({ level }) => level === 'info' || level === 'error', before)
  }
  return { accounts, held, replace }
}

const HOME = '192.0.2.1'
const cost = (hash: string) => hash.slice(4, 6)

describe('an unknown user', () => {
  it('causes one check of the same cost as a wrong password', async (test) => {
    for (const expensive of [4, 7, 12]) {
      const hash = cheapHash('x').replace('$04$', `$${String(expensive).padStart(2, '0')}$`)
      const { accounts, held } = await open(test, { htpasswd: `alice:${hash}\n` })
      for (const name of ['alice', 'nobody', '__proto__', '']) {
        const answer = accounts.verify(name, 'wrong', HOME)
        await held.endAll(false)
        assert.equal(await answer, undefined)
      }
      assert.equal(held.asked.length, 4)
      for (const asked of held.asked) assert.equal(cost(asked.hash), cost(hash))
    }
  })

  it('is rejected even if the check succeeds', async (test) => {
    const { accounts, held } = await open(test, { htpasswd: htpasswdOf(['alice']) })
    const answer = accounts.verify('nobody', passwordOf('alice'), HOME)
    await held.endAll(true)
    assert.equal(await answer, undefined)
  })

  it('has the check cost of some user, always the same for a name', async (test) => {
    const costs = ['04', '05', '06', '07']
    const lines = costs.map((each) => `u${each}:${cheapHash('x').replace('$04$', `$${each}$`)}\n`)
    const { accounts, held } = await open(test, { htpasswd: lines.join('') })
    const names = Array.from({ length: 64 }, (_, at) => `nobody ${at}`)
    for (const name of [...names, ...names]) {
      const answer = accounts.verify(name, 'wrong', HOME)
      await held.endAll(false)
      await answer
    }
    const asked = held.asked.map(({ hash }) => cost(hash))
    assert.deepEqual(asked.slice(0, 64), asked.slice(64))
    assert.deepEqual([...new Set(asked)].toSorted(), costs)
  })

  it('is checked even if the file of users is empty', async (test) => {
    const { accounts, held } = await open(test, { htpasswd: '' })
    const answer = accounts.verify('alice', 'x', HOME)
    await held.endAll(false)
    assert.equal(await answer, undefined)
    assert.equal(held.asked.length, 1)
  })

  it('is treated like a puller with a wrong password, with a file of users and without', async (test) => {
    const auths = { 'registry.example': { username: 'docker', password: 'right' } }
    const both = await open(test, { htpasswd: htpasswdOf(['alice']), auths })
    for (const name of ['docker', 'nobody']) {
      const answer = both.accounts.verify(name, 'wrong', HOME)
      await both.held.endAll(false)
      assert.equal(await answer, undefined)
    }
    assert.equal(both.held.asked.length, 2)
    const alone = await open(test, { auths })
    assert.equal(await alone.accounts.verify('docker', 'wrong', HOME), undefined)
    assert.equal(await alone.accounts.verify('nobody', 'wrong', HOME), undefined)
    assert.deepEqual(alone.held.asked, [])
  })
})

describe('a running password check', () => {
  it('is repeated if the salt in the file changes meanwhile', async (test) => {
    const { accounts, held, replace } = await open(test, { htpasswd: htpasswdOf(['alice']) })
    const answer = accounts.verify('alice', passwordOf('alice'), HOME)
    await settled()
    await replace(htpasswdOf(['alice', 'bob']))
    await held.endAll(true)
    assert.equal((await answer)?.name, 'alice')
    assert.equal(held.asked.length, 2)
    assert.notEqual(held.asked[0]?.hash, held.asked[1]?.hash)
  })

  it('fails if the password or the account is removed meanwhile', async (test) => {
    const { accounts, held, replace } = await open(test, { htpasswd: htpasswdOf(['alice']) })
    const first = accounts.verify('alice', passwordOf('alice'), HOME)
    await settled()
    await replace(htpasswdOf(['alice'], () => 'another'))
    await held.end(true)
    await held.end(false)
    assert.equal(await first, undefined)
    const second = accounts.verify('alice', 'another', HOME)
    await settled()
    await replace(htpasswdOf(['bob']))
    await held.endAll(true)
    assert.equal(await second, undefined)
  })
})

describe('an account of a dockerconfigjson', () => {
  const auths = {
    'registry.example/asm': { username: 'u', password: 'one' },
    'registry.example/web': { username: 'u', password: 'one' },
    'registry.example/more': { username: 'u', password: 'two' },
    'registry.example': { username: 'v', password: 'x' },
    'registry.example/asm/x': { username: 'v', password: 'x' },
  }

  it('is limited to the prefixes of the entries with its password', async (test) => {
    const { accounts } = await open(test, { auths })
    const one = await accounts.verify('u', 'one', HOME)
    assert.deepEqual(one, {
      name: 'u',
      credential: 'of one',
      puller: true,
      prefixes: ['asm', 'web'],
    })
    assert.deepEqual((await accounts.verify('u', 'two', HOME))?.prefixes, ['more'])
    assert.equal(await accounts.verify('u', 'x', HOME), undefined)
    assert.deepEqual(accounts.find('u', 'of one'), one)
    assert.equal(accounts.find('u', 'of x'), undefined)
  })

  it('is not limited if one of its entries has no path', async (test) => {
    const { accounts } = await open(test, { auths })
    assert.deepEqual(await accounts.verify('v', 'x', HOME), {
      name: 'v',
      credential: 'of x',
      puller: true,
    })
  })

  it('is limited to the prefixes of all its entries if no password is given', async (test) => {
    const { accounts } = await open(test, { auths, htpasswd: htpasswdOf(['alice']) })
    assert.deepEqual(accounts.limits('u'), { puller: true, prefixes: ['asm', 'web', 'more'] })
    assert.deepEqual(accounts.limits('v'), { puller: true })
    assert.deepEqual(accounts.limits('alice'), {})
    assert.equal(accounts.limits('nobody'), undefined)
  })
})
