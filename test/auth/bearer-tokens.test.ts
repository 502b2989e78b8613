import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { describe, it } from 'node:test'
import { ALL, PULL, PUSH } from '../../src/auth/actions.ts'
import { CATALOG, OPERATE, repositoryScope } from '../../src/auth/scopes.ts'
import { BearerTokens } from '../../src/auth/bearer-tokens.ts'
import { openSigningKey, type SigningKey } from '../../src/auth/signing-key.ts'
import {
  byAnotherKey,
  byHmac,
  ForgedTokens,
  readToken,
  tampered,
  withoutSignature,
} from '../support/forged-tokens.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

interface Made {
  readonly key: SigningKey
  readonly tokens: BearerTokens
  readonly forged: ForgedTokens
}

const NOW = Date.UTC(2026, 10, 1, 12, 0, 0, 789)
const SECONDS = Math.floor(NOW / 1000)
const ALICE = { name: 'alice', credential: 'of_x' }

async function make(test: Parameters<typeof temporaryDirectory>[0]): Promise<Made> {
  const data = await temporaryDirectory(test)
  const key = await openSigningKey(data)
  return { key, tokens: new BearerTokens(key, () => NOW), forged: new ForgedTokens(data) }
}

describe('a bearer token', () => {
  it('has the headers and claims of other registries, and the credential of its principal', async (test) => {
    const { key, tokens } = await make(test)
    const scopes = [repositoryScope('a/b', PULL | PUSH), CATALOG]
    const { token, issuedAt } = await tokens.issue(ALICE, scopes)
    const { header, claims } = readToken(token)
    assert.deepEqual(header, { alg: 'EdDSA', typ: 'JWT', kid: key.kid })
    const { jti, ...rest } = claims
    assert.match(String(jti), /^[0-9a-f-]{36}$/)
    assert.deepEqual(rest, {
      iss: key.service,
      aud: key.service,
      sub: 'alice',
      iat: SECONDS,
      nbf: SECONDS,
      exp: SECONDS + 300,
      credential: 'of_x',
      access: [
        { type: 'repository', name: 'a/b', actions: ['pull', 'push'] },
        { type: 'registry', name: 'catalog', actions: ['*'] },
      ],
    })
    assert.equal(issuedAt, SECONDS * 1000)
  })

  it('has an empty subject and no credential if it is anonymous', async (test) => {
    const { tokens } = await make(test)
    const { token } = await tokens.issue(undefined, [])
    const { claims } = readToken(token)
    assert.equal(claims['sub'], '')
    assert.ok(!('credential' in claims))
    assert.deepEqual(claims['access'], [])
    const read = await tokens.verify(token)
    assert.equal(read?.name, undefined)
    assert.equal(read?.credential, undefined)
  })

  it('has a unique id', async (test) => {
    const { tokens } = await make(test)
    const ids = await Promise.all(
      [1, 2, 3].map(async () => readToken((await tokens.issue(ALICE, [])).token).claims['jti']),
    )
    assert.equal(new Set(ids).size, 3)
  })

  it('is verified with the content it was issued with', async (test) => {
    const { tokens } = await make(test)
    const scopes = [repositoryScope('a', ALL), repositoryScope('b', PULL), OPERATE]
    const { token } = await tokens.issue(ALICE, scopes)
    assert.deepEqual(await tokens.verify(token), {
      name: 'alice',
      credential: 'of_x',
      scope: new Map([
        ['a', ALL],
        ['b', PULL],
      ]),
      catalog: false,
      operate: true,
      expiresAt: (SECONDS + 300) * 1000,
      notBefore: SECONDS * 1000,
    })
  })

  it('is verified even after its expiry', async (test) => {
    const { tokens, forged } = await make(test)
    const { token } = await tokens.issue(ALICE, [])
    const old = await tokens.verify(forged.altered(token, { exp: 1, nbf: 0, iat: 0 }))
    assert.equal(old?.expiresAt, 1000)
    const early = await tokens.verify(forged.altered(token, { nbf: SECONDS + 99_999 }))
    assert.equal(early?.notBefore, (SECONDS + 99_999) * 1000)
  })

  it('is invalid without a signature of this installation', async (test) => {
    const { key, tokens, forged } = await make(test)
    const { token } = await tokens.issue(ALICE, [repositoryScope('a', ALL)])
    const others = await make(test)
    const [head = '', body = '', signature = ''] = token.split('.')
    const { x = '' } = createPublicKey(forged.publicPem).export({ format: 'jwk' })
    const wrong = {
      'alg none': withoutSignature(token, 'none'),
      'alg NONE': withoutSignature(token, 'NONE'),
      'no alg': withoutSignature(token, ''),
      'no signature': `${head}.${body}.`,
      'two parts': `${head}.${body}`,
      'four parts': `${token}.x`,
      'HS256 with the PEM': byHmac(token, forged.publicPem),
      'HS256 with the PEM, trimmed': byHmac(token, forged.publicPem.trim()),
      'HS256 with the raw key': byHmac(token, Buffer.from(x, 'base64url')),
      'HS256 with its text': byHmac(token, x),
      'HS256 with nothing': byHmac(token, ''),
      'another key': byAnotherKey(forged, token),
      'another key, embedded': byAnotherKey(forged, token, {
        jwk: createPublicKey(others.forged.publicPem).export({ format: 'jwk' }),
      }),
      'another installation': (await others.tokens.issue(ALICE, [])).token,
      'another installation with our names': others.forged.altered(token, {}, { kid: key.kid }),
      'tampered subject': tampered(token, { sub: 'bob' }),
      'tampered access': tampered(token, { access: [] }),
      'another signature': `${head}.${body}.${signature.slice(0, -4)}AAAA`,
      'header of another': `${Buffer.from('{"alg":"EdDSA"}').toString('base64url')}.${body}.${signature}`,
      nothing: '',
      text: 'x',
      dots: '..',
      'JSON of JWS': JSON.stringify({ payload: body, protected: head, signature }),
    }
    for (const [name, text] of Object.entries(wrong))
      assert.equal(await tokens.verify(text), undefined, name)
    assert.ok(await tokens.verify(token))
  })

  it('is invalid with claims of another installation', async (test) => {
    const { tokens, forged } = await make(test)
    const { token } = await tokens.issue(ALICE, [])
    const claims: readonly object[] = [
      { iss: 'https://elsewhere.example' },
      { iss: undefined },
      { iss: [forged.service] },
      { aud: 'elsewhere' },
      { aud: undefined },
      { aud: ['elsewhere'] },
      { sub: undefined },
      { exp: undefined },
      { exp: 'tomorrow' },
      { exp: null },
      { nbf: undefined },
      { nbf: 'x' },
      { iat: undefined },
      { jti: undefined },
    ]
    for (const changed of claims)
      assert.equal(
        await tokens.verify(forged.altered(token, changed)),
        undefined,
        JSON.stringify(changed),
      )
    const listed = await tokens.verify(forged.altered(token, { aud: [forged.service, 'more'] }))
    assert.equal(listed?.name, 'alice')
  })

  it('is invalid with other headers', async (test) => {
    const { tokens, forged } = await make(test)
    const { token } = await tokens.issue(ALICE, [])
    const headers: readonly object[] = [
      { kid: 'other' },
      { kid: undefined },
      { typ: undefined },
      { typ: 'at+jwt' },
      { crit: ['b64'], b64: false },
      { crit: ['x'], x: 1 },
      { alg: 'ES256' },
    ]
    for (const changed of headers)
      assert.equal(
        await tokens.verify(forged.altered(token, {}, changed)),
        undefined,
        JSON.stringify(changed),
      )
  })
})
