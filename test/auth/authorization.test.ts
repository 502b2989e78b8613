import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { readAuthorization } from '../../src/auth/authorization.ts'

const base64 = (text: string | Uint8Array) => Buffer.from(text).toString('base64')

describe('the Authorization header', () => {
  it('is a user and a password, divided at the first colon', () => {
    const expected = { scheme: 'basic', user: 'u', password: 'p@ss:word' }
    for (const header of ['Basic', 'basic', 'BASIC'])
      assert.deepEqual(readAuthorization(`${header} ${base64('u:p@ss:word')}`), expected)
    assert.deepEqual(readAuthorization(`Basic   ${base64('u:p@ss:word')}  `), expected)
    assert.deepEqual(readAuthorization(`Basic ${base64('u:p@ss:word').replace('=', '')}`), expected)
  })

  it('is whatever a client may send as user and password', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (user, password) => {
        fc.pre(!user.includes(':') && user + password !== '')
        assert.deepEqual(readAuthorization(`Basic ${base64(`${user}:${password}`)}`), {
          scheme: 'basic',
          user,
          password,
        })
      }),
    )
  })

  it('is a token', () => {
    assert.deepEqual(readAuthorization('Bearer a.b.c'), { scheme: 'bearer', token: 'a.b.c' })
    assert.deepEqual(readAuthorization('bearer x'), { scheme: 'bearer', token: 'x' })
  })

  it('is nobody where it is missing, or has neither user nor password', () => {
    for (const header of [undefined, '', `Basic ${base64(':')}`])
      assert.deepEqual(readAuthorization(header), { scheme: 'none' })
  })

  it('is not read where it is something else', () => {
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
      // Not UTF-8: all such bytes would read as the same character.
      `Basic ${base64(Buffer.from([0x75, 0x3a, 0xe9]))}`,
      `Basic ${base64(Buffer.from([0x75, 0x3a, 0xff]))}`,
    ]
    for (const header of others)
      assert.deepEqual(readAuthorization(header), { scheme: 'other' }, header)
  })

  it('is read or not, but never fails', () => {
    const header = fc.oneof(
      fc.string(),
      fc.string().map((text) => `Basic ${text}`),
      fc.uint8Array().map((bytes) => `Basic ${base64(bytes)}`),
    )
    fc.assert(fc.property(header, (text) => void readAuthorization(text)))
  })
})
