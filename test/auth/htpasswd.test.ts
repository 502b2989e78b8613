import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseHtpasswd } from '../../src/auth/htpasswd.ts'
import { cheapHash } from '../support/closed-server.ts'

const HASH = cheapHash('secret')

const refused = (text: string, reason: RegExp) =>
  assert.throws(
    () => parseHtpasswd(text),
    (error: Error) => {
      assert.match(error.message, reason)
      assert.doesNotMatch(error.message, /S3CR3T|53CR37/)
      return true
    },
  )

describe('an htpasswd file', () => {
  it('has a user and a bcrypt hash on each line', () => {
    const versions = ['2a', '2b', '2y'].map((version) => HASH.replace('2y', version))
    const text = versions.map((hash, at) => `user${at}:${hash}\n`).join('')
    const expected = new Map(versions.map((hash, at) => [`user${at}`, hash]))
    assert.deepEqual(parseHtpasswd(text), expected)
  })

  it('can have CRLF line ends, empty lines, comments, and an unfinished last line', () => {
    const text = `# made by hand\r\n\r\nalice:${HASH}\r\n  \n\t# bob:x\nbob:${HASH}  `
    assert.deepEqual([...parseHtpasswd(text).keys()], ['alice', 'bob'])
  })

  it('can be empty', () => {
    for (const text of ['', '\n', '\r\n', '# nobody\n']) assert.equal(parseHtpasswd(text).size, 0)
  })

  it('accepts any user name, including names of JavaScript properties', () => {
    const names = ['__proto__', 'constructor', 'ü', 'a b', 'a@b.example', '0', '-']
    const users = parseHtpasswd(names.map((name) => `${name}:${HASH}\n`).join(''))
    assert.deepEqual([...users.keys()], names)
  })

  it('is rejected with the name of the scheme if a hash is not bcrypt', () => {
    const others: readonly [hash: string, scheme: RegExp][] = [
      ['$apr1$S3CR3T$53CR37', /MD5 \(apr1\)/],
      ['{SHA}53CR37=', /SHA-1/],
      ['{SSHA}53CR37=', /salted SHA-1/],
      ['$1$S3CR3T$53CR37', /MD5 crypt/],
      ['$5$S3CR3T$53CR37', /SHA-256 crypt/],
      ['$6$S3CR3T$53CR37', /SHA-512 crypt/],
      ['$y$j9T$S3CR3T', /yescrypt/],
      ['$argon2id$v=19$S3CR3T', /Argon2/],
      ['S3CR3T', /crypt or plain text/],
      ['', /crypt or plain text/],
      [HASH.replace('2y', '2x'), /2x/],
    ]
    for (const [hash, scheme] of others) {
      refused(`alice:${HASH}\nbob:${hash}\n`, /^line 2, user bob: .*htpasswd -B$/)
      refused(`bob:${hash}`, scheme)
    }
  })

  it('is rejected if no password can match a hash', () => {
    const broken = [
      HASH.slice(0, -1),
      `${HASH}x`,
      `${HASH}:more`,
      HASH.replace('$04$', '$4$'),
      HASH.replace('$04$', '$03$'),
      HASH.replace('$04$', '$32$'),
      // A salt has 16 bytes, so its last character has only four valid values.
      `${HASH.slice(0, 28)}z${HASH.slice(29)}`,
      HASH.replace(/.$/, '!'),
    ]
    for (const hash of broken) refused(`bob:${hash}`, /an incomplete bcrypt hash/)
  })

  it('is rejected if a check would take seconds', () => {
    assert.equal(parseHtpasswd(`bob:${HASH.replace('$04$', '$15$')}`).size, 1)
    refused(`bob:${HASH.replace('$04$', '$16$')}`, /a check with the bcrypt cost 16 takes seconds/)
    refused(`bob:${HASH.replace('$04$', '$31$')}`, /the bcrypt cost 31/)
  })

  it('is rejected if a user is in it twice', () => {
    refused(`a:${HASH}\nb:${HASH}\na:${HASH}\n`, /^line 3: duplicate user a/)
  })

  it('is rejected if a line is not a user and a hash', () => {
    refused('S3CR3T', /^line 1 is not user:hash/)
    refused(`a:${HASH}\n:${HASH}`, /^line 2 is not user:hash/)
  })
})
