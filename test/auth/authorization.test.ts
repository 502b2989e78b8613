import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseAuthorization } from '../../src/auth/authorization.ts'

const base64 = (text: string | Uint8Array) => Buffer.from(text).toString('base64')

describe('the Authorization header', () => {
  it('is parsed as a user and a password, separated by the first colon', () => {
    const expected = { scheme: 'basic', user: 'u', password: 'p@ss:word' }
    for (const header of ['Basic', 'basic', 'BASIC'])
      assert.deepEqual(parseAuthorization(`${header} ${base64('u:p@ss:word')}`), expected)
    assert.deepEqual(parseAuthorization(`Basic   ${base64('u:p@ss:word')}  `), expected)
    assert.deepEqual(
      parseAuthorization(`Basic ${base64('u:p@ss:word').replace('=', '')}`),
      expected,
    )
  })

  it('is parsed with any user and password that a client can send', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (user, password) => {
        fc.pre(!user.includes(':') && user + password !== '')
        assert.deepEqual(parseAuthorization(`Basic ${base64(`${user}:${password}`)}`), {
          scheme: 'basic',
          user,
          password,
        })
      }),
    )
  })

  it('is parsed as a bearer token', () => {
    assert.deepEqual(parseAuthorization('Bearer a.b.c'), { scheme: 'bearer', token: 'a.b.c' })
    assert.deepEqual(parseAuthorization('bearer x'), { scheme: 'bearer', token: 'x' })
  })

  it('is anonymous if it is missing, or has neither user nor password', () => {
    for (const header of [undefined, '', `Basic ${base64(':')}`])
      assert.deepEqual(parseAuthorization(header), { scheme: 'none' })
  })

  it('is of another scheme if it is malformed', () => {
    const others = [
      'Basic',
      'Basic ',
      'Bearer',
      'Bearer a b',
      'Digest username="u"',
      base64('u:p'),
      'Basic u:p',
      'Basic dTpw-_',
      `Basic ${base64('no colon')}`,
      `Basic ${base64('u:p')} x`,
      `Basicx ${base64('u:p')}`,
      `Bearer ${'x'.repeat(8192)}`,
      `Basic ${base64(`u:${'x'.repeat(8192)}`)}`,
      // Not UTF-8: all such bytes would be decoded as the same character.
      `Basic ${base64(Buffer.from([0x75, 0x3a, 0xe9]))}`,
      `Basic ${base64(Buffer.from([0x75, 0x3a, 0xff]))}`,
    ]
    for (const header of others)
      assert.deepEqual(parseAuthorization(header), { scheme: 'other' }, header)
  })

  it('is parsed without an exception, whatever it is', () => {
    const header = fc.oneof(
      fc.string(),
      fc.string().map((text) => `Basic ${text}`),
      fc.uint8Array().map((bytes) => `Basic ${base64(bytes)}`),
    )
    fc.assert(fc.property(header, (text) => void parseAuthorization(text)))
  })
})
