import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readHtpasswd } from '../../src/auth/htpasswd.ts'
import { cheapHash } from '../support/closed-server.ts'

const HASH = cheapHash('secret')

const refused = (text: string, reason: RegExp) =>
  assert.throws(
    () => readHtpasswd(text),
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
    assert.deepEqual(readHtpasswd(text), expected)
  })

  it('may have line ends of Windows, empty lines, comments, and no end of the last line', () => {
    const text = `# made by hand\r\n\r\nalice:${HASH}\r\n  \n\t# bob:x\nbob:${HASH}  `
    assert.deepEqual([...readHtpasswd(text).keys()], ['alice', 'bob'])
  })

  it('may be empty: then nobody is in it', () => {
    for (const text of ['', '\n', '\r\n', '# nobody\n']) assert.equal(readHtpasswd(text).size, 0)
  })

  it('takes any name, also one that means something to JavaScript', () => {
    const names = ['__proto__', 'constructor', 'ü', 'a b', 'a@b.example', '0', '-']
    const users = readHtpasswd(names.map((name) => `${name}:${HASH}\n`).join(''))
    assert.deepEqual([...users.keys()], names)
  })

  it('is refused by the name of the scheme where a password is not kept as bcrypt', () => {
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

  it('is refused where no password can fit a hash', () => {
    const broken = [
      HASH.slice(0, -1),
      `${HASH}x`,
      `${HASH}:more`,
      HASH.replace('$04$', '$4$'),
      HASH.replace('$04$', '$03$'),
      HASH.replace('$04$', '$32$'),
      // A salt has 16 bytes: of its last character only four values leave nothing over.
      `${HASH.slice(0, 28)}z${HASH.slice(29)}`,
      HASH.replace(/.$/, '!'),
    ]
    for (const hash of broken) refused(`bob:${hash}`, /bcrypt, but not whole/)
  })

  it('is refused where a check would take seconds', () => {
    assert.equal(readHtpasswd(`bob:${HASH.replace('$04$', '$15$')}`).size, 1)
    refused(`bob:${HASH.replace('$04$', '$16$')}`, /a bcrypt cost of 16 takes seconds/)
    refused(`bob:${HASH.replace('$04$', '$31$')}`, /a bcrypt cost of 31/)
  })

  it('is refused where a user is there twice', () => {
    refused(`a:${HASH}\nb:${HASH}\na:${HASH}\n`, /^line 3: the user a is there twice/)
  })

  it('is refused where a line is no user and hash', () => {
    refused('S3CR3T', /^line 1 is not user:hash/)
    refused(`a:${HASH}\n:${HASH}`, /^line 2 is not user:hash/)
  })
})
