import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type DockerConfig, parseDockerConfig } from '../../src/auth/docker-config.ts'

const HOST = 'registry.example'
const HOSTS = new Set([HOST])
const SECRET = 'n0t-to-be-t0ld'

const read = (value: unknown, hosts = HOSTS): DockerConfig =>
  parseDockerConfig(typeof value === 'string' ? value : JSON.stringify(value), hosts)

const entry = (value: unknown) => read({ auths: { [HOST]: value } })

const base64 = (text: string | Uint8Array) => Buffer.from(text).toString('base64')

/** The account of an entry as user:password. */
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
  it('is an account in each of its three forms', () => {
    assert.equal(login({ username: 'u', password: 'p@ss:word' }), 'u:p@ss:word')
    assert.equal(login({ auth: base64('u:p@ss:word') }), 'u:p@ss:word')
    const kubectl = { username: 'u', password: 'p@ss:word', auth: base64('u:p@ss:word') }
    assert.equal(login(kubectl), 'u:p@ss:word')
    assert.equal(login({ ...kubectl, email: 'u@example.com' }), 'u:p@ss:word')
  })

  it('uses auth if user name and password contradict it', () => {
    assert.equal(login({ username: 'x', password: 'y', auth: base64('u:p') }), 'u:p')
    assert.equal(login({ username: 'x', password: 'y', auth: '' }), 'x:y')
    assert.equal(login({ username: 'x', password: 'y', auth: '  ' }), 'x:y')
    assert.equal(login({ username: 'x', password: 'y', auth: null }), 'x:y')
  })

  it('splits auth at the first colon', () => {
    assert.equal(login({ auth: base64('u::') }), 'u::')
    assert.equal(entry({ auth: base64('u:a:b') }).accounts[0]?.password, 'a:b')
  })

  it('accepts auth without padding, with line breaks, and with NULs at the end', () => {
    for (const password of ['p', 'pa', 'pas', 'pass'])
      assert.equal(login({ auth: base64(`u:${password}`).replace(/=+$/, '') }), `u:${password}`)
    const long = base64(`u:${'x'.repeat(100)}`)
    assert.equal(login({ auth: long.replace(/.{76}/, '$&\r\n') }), `u:${'x'.repeat(100)}`)
    assert.equal(login({ auth: `${base64('u:p')}\n` }), 'u:p')
    assert.equal(login({ auth: base64('u:p\0\0') }), 'u:p')
    assert.equal(entry({ auth: base64('u:p\0x') }).accounts[0]?.password, 'p\0x')
  })

  it('is the same account in every form', () => {
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

  it('is an error if auth is not base64 of user:password', () => {
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

  it('is skipped and named if it has no password', () => {
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

  it('is skipped and named if its password is in a credential helper', () => {
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

  it('is parsed with and without auths around the entries', () => {
    const expected = [{ username: 'u', password: 'p' }]
    assert.deepEqual(read({ auths: { [HOST]: account } }).accounts, expected)
    assert.deepEqual(read({ [HOST]: account }).accounts, expected)
    assert.deepEqual(read({ auths: { [HOST]: account }, HttpHeaders: {} }).accounts, expected)
  })

  it('can be empty', () => {
    for (const empty of [{}, { auths: {} }, { credsStore: 'desktop' }])
      assert.deepEqual(read(empty), { accounts: [], skipped: [] })
  })

  it('has an account for each entry of this registry, whatever else it contains', () => {
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

  it('cannot change a prototype', () => {
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

  it('is an error if it is not JSON, or has another shape', () => {
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

  it('is an error if it is larger than a Secret can be', () => {
    const auths = { [HOST]: { username: 'u', password: SECRET, email: 'x'.repeat(1024 * 1024) } }
    refused(() => read({ auths }), /more than 1048576 bytes/)
  })

  it('is parsed or an error without a password in it, whatever it is', () => {
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
