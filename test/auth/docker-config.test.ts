import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type DockerConfig, readDockerConfig } from '../../src/auth/docker-config.ts'

const HOST = 'registry.example'
const HOSTS = new Set([HOST])
const SECRET = 'n0t-to-be-t0ld'

const read = (value: unknown, hosts = HOSTS): DockerConfig =>
  readDockerConfig(typeof value === 'string' ? value : JSON.stringify(value), hosts)

const entry = (value: unknown) => read({ auths: { [HOST]: value } })

const base64 = (text: string | Uint8Array) => Buffer.from(text).toString('base64')

/** The one account of an entry as user:password. */
function login(value: unknown): string | undefined {
  const { accounts } = entry(value)
  assert.ok(accounts.length <= 1)
  return accounts[0] && `${accounts[0].username}:${accounts[0].password}`
}

function refused(work: () => unknown, reason: RegExp): void {
  assert.throws(work, (error: Error) => {
    assert.match(error.message, reason)
    assert.doesNotMatch(error.message, new RegExp(SECRET))
    assert.ok(!error.message.includes(base64(SECRET).slice(0, 12)))
    assert.equal(error.cause, undefined)
    return true
  })
}

describe('an entry of a dockerconfigjson', () => {
  it('is an account in all three spellings', () => {
    assert.equal(login({ username: 'u', password: 'p@ss:word' }), 'u:p@ss:word')
    assert.equal(login({ auth: base64('u:p@ss:word') }), 'u:p@ss:word')
    const kubectl = { username: 'u', password: 'p@ss:word', auth: base64('u:p@ss:word') }
    assert.equal(login(kubectl), 'u:p@ss:word')
    assert.equal(login({ ...kubectl, email: 'u@example.com' }), 'u:p@ss:word')
  })

  it('is what auth says, where user name and password say otherwise', () => {
    assert.equal(login({ username: 'x', password: 'y', auth: base64('u:p') }), 'u:p')
    assert.equal(login({ username: 'x', password: 'y', auth: '' }), 'x:y')
    assert.equal(login({ username: 'x', password: 'y', auth: '  ' }), 'x:y')
    assert.equal(login({ username: 'x', password: 'y', auth: null }), 'x:y')
  })

  it('divides auth at the first colon', () => {
    assert.equal(login({ auth: base64('u::') }), 'u::')
    assert.equal(entry({ auth: base64('u:a:b') }).accounts[0]?.password, 'a:b')
  })

  it('may have auth without padding, with line breaks, and with NULs at its end', () => {
    for (const password of ['p', 'pa', 'pas', 'pass'])
      assert.equal(login({ auth: base64(`u:${password}`).replace(/=+$/, '') }), `u:${password}`)
    const long = base64(`u:${'x'.repeat(100)}`)
    assert.equal(login({ auth: long.replace(/.{76}/, '$&\r\n') }), `u:${'x'.repeat(100)}`)
    assert.equal(login({ auth: `${base64('u:p')}\n` }), 'u:p')
    assert.equal(login({ auth: base64('u:p\0\0') }), 'u:p')
    assert.equal(entry({ auth: base64('u:p\0x') }).accounts[0]?.password, 'p\0x')
  })

  it('is the same account however it is written', () => {
    const name = fc.string({ minLength: 1 }).filter((text) => !/[:\0]/.test(text))
    const password = fc.string({ minLength: 1 }).filter((text) => !text.includes('\0'))
    fc.assert(
      fc.property(name, password, (username, secret) => {
        const written = { username, password: secret }
        const expected = [{ username, password: secret }]
        assert.deepEqual(entry(written).accounts, expected)
        assert.deepEqual(entry({ auth: base64(`${username}:${secret}`) }).accounts, expected)
      }),
    )
  })

  it('stops the reading where auth is no base64 of user:password', () => {
    const wrong = [
      '*',
      SECRET,
      base64(SECRET),
      `${base64(`u:${SECRET}`)}=`,
      `=${base64(`u:${SECRET}`)}`,
      base64('u:p').slice(0, 1),
      `${base64('u:pass')}a`,
      base64(`:${SECRET}`),
      base64(Buffer.from([0x75, 0x3a, 0xff, 0xfe])),
      base64('u:pa').replace('=', '-'),
      `u:${SECRET}`,
    ]
    for (const auth of wrong)
      refused(() => entry({ auth, username: 'u', password: SECRET }), /registry\.example: auth is/)
  })

  it('is passed over by name where it holds no password', () => {
    const why = (value: unknown, more = {}) => {
      const { accounts, skipped } = read({ auths: { [HOST]: value }, ...more })
      assert.deepEqual(accounts, [])
      assert.equal(skipped.length, 1)
      assert.equal(skipped[0]?.key, HOST)
      assert.doesNotMatch(JSON.stringify(skipped), new RegExp(SECRET))
      return skipped[0].why
    }
    assert.match(why({ identitytoken: SECRET }), /identitytoken/)
    assert.match(why({ auth: base64('u:'), identitytoken: SECRET }), /identitytoken/)
    assert.match(why({ registrytoken: SECRET }), /registrytoken/)
    assert.match(why({}), /no user name and password/)
    assert.match(why({ username: 'u' }), /no user name and password/)
    assert.match(why({ password: SECRET }), /no user name and password/)
    assert.match(why({ username: 7, password: [SECRET] }), /no user name and password/)
    assert.match(why({ username: 'a:b', password: SECRET }), /":"/)
    assert.match(why({}, { credsStore: 'desktop' }), /helper desktop/)
  })

  it('is passed over by name where a helper keeps its password', () => {
    const credHelpers = { [HOST]: 'ecr-login', 'elsewhere.example': 'gcloud' }
    const { accounts, skipped } = read({ credHelpers })
    assert.deepEqual(accounts, [])
    assert.equal(skipped.length, 1)
    assert.equal(skipped[0]?.key, HOST)
    assert.match(skipped[0].why, /helper ecr-login/)
  })
})

describe('a dockerconfigjson', () => {
  const account = { username: 'u', password: 'p' }

  it('is read with auths around the entries and without', () => {
    const expected = [{ username: 'u', password: 'p' }]
    assert.deepEqual(read({ auths: { [HOST]: account } }).accounts, expected)
    assert.deepEqual(read({ [HOST]: account }).accounts, expected)
    assert.deepEqual(read({ auths: { [HOST]: account }, HttpHeaders: {} }).accounts, expected)
  })

  it('may be empty', () => {
    for (const empty of [{}, { auths: {} }, { credsStore: 'desktop' }])
      assert.deepEqual(read(empty), { accounts: [], skipped: [] })
  })

  it('has as many accounts as entries for this registry, whatever else is in it', () => {
    const text = JSON.stringify({
      auths: {
        'elsewhere.example': 7,
        'other.example': { auth: 'not base64 and nobody asks' },
        [HOST]: account,
        [`${HOST}/asm`]: { username: 'u', password: 'q' },
        'second.example:5000': { username: 'v', password: 'p' },
      },
    })
    assert.deepEqual(read(text, new Set([HOST, 'second.example:5000'])).accounts, [
      { username: 'u', password: 'p' },
      { username: 'u', password: 'q', prefix: 'asm' },
      { username: 'v', password: 'p' },
    ])
    assert.deepEqual(read(text, new Set()).accounts, [])
  })

  it('cannot reach the prototype of anything', () => {
    const text = `{"auths": {"__proto__": {"username": "u", "password": "p"},
      "${HOST}": {"__proto__": {"username": "x", "password": "y"}, "auth": "${base64('__proto__:p')}"},
      "constructor": {"username": "u", "password": "p"}}}`
    assert.deepEqual(read(text, new Set([HOST, 'elsewhere'])).accounts, [
      { username: '__proto__', password: 'p' },
    ])
    assert.equal(({} as Record<string, unknown>)['username'], undefined)
    const inherited = `{"__proto__": {"auths": {"${HOST}": {"username": "u", "password": "p"}}}}`
    assert.deepEqual(read(inherited).accounts, [])
    const entryOnly = `{"auths": {"${HOST}": {"__proto__": {"username": "u", "password": "p"}}}}`
    assert.deepEqual(read(entryOnly).accounts, [])
  })

  it('is refused where it is no JSON, or has another shape', () => {
    const texts = [
      '',
      ' ',
      '{',
      `{"auths": {"${HOST}": {"auth": "${SECRET}`,
      'null',
      '7',
      '[]',
      '""',
    ]
    for (const text of texts) refused(() => read(text), /^it is not/)
    refused(() => read(`\uFEFF{}`), /^it is not JSON/)
    for (const auths of [7, 'x', [], [account], true])
      refused(() => read({ auths }), /^auths is not a JSON object/)
    for (const value of [SECRET, null, 7, [SECRET]])
      refused(() => entry(value), /^the entry registry\.example is not a JSON object/)
    refused(() => read({ credHelpers: SECRET }), /^credHelpers is not/)
  })

  it('is refused where it is larger than a Secret can be', () => {
    const auths = { [HOST]: { username: 'u', password: SECRET, email: 'x'.repeat(1024 * 1024) } }
    refused(() => read({ auths }), /more than 1048576 bytes/)
  })

  it('is read or refused, but never fails otherwise and never tells a password', () => {
    const value = fc.oneof(fc.jsonValue(), fc.constant({ auth: base64(`u:${SECRET}`) }))
    const auths = fc.dictionary(fc.oneof(fc.string(), fc.constant(HOST)), value)
    fc.assert(
      fc.property(fc.oneof(fc.record({ auths }), auths, fc.jsonValue()), (file) => {
        try {
          for (const { username, password } of read(file).accounts)
            assert.ok(username !== '' && password !== '' && !username.includes(':'))
        } catch (error) {
          assert.ok(error instanceof Error && error.constructor === Error, String(error))
          assert.doesNotMatch(error.message, new RegExp(SECRET))
        }
      }),
    )
  })
})
