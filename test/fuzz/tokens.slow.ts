import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PULL, PUSH } from '../../src/auth/actions.ts'
import { parseAuthorization } from '../../src/auth/authorization.ts'
import { BearerTokens } from '../../src/auth/bearer-tokens.ts'
import { ACCOUNT, CATALOG, parseScopes, repositoryScope } from '../../src/auth/scopes.ts'
import { openSigningKey } from '../../src/auth/signing-key.ts'
import { RegistryError } from '../../src/oci/errors.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { mutateText } from './mutate-text.ts'

const CASES = 100_000
const SEED = Number(process.env['FUZZ_SEED'] ?? 1)
const PIECES =
  '. = == - _ + / , : * é eyJ none eyJhbGciOiJub25lIn0 Basic Bearer repository: :pull a'
    .split(' ')
    .concat([' ', '\u0000', 'Basic ', 'Bearer '])

describe(`the readers of credentials on mutated ones (seed ${SEED})`, () => {
  it(`accept none of ${CASES} mutated tokens, and throw nothing`, async (test) => {
    const key = await openSigningKey(await temporaryDirectory(test))
    const tokens = new BearerTokens(key, () => Date.UTC(2026, 10, 1))
    const alice = { name: 'alice', credential: 'of_x' }
    const scopes = [repositoryScope('a/b', PULL | PUSH), CATALOG, ACCOUNT]
    const issued = await Promise.all([
      tokens.issue(alice, scopes),
      tokens.issue(undefined, []),
      tokens.issue({ name: 'bob', credential: 'of_y' }, [CATALOG]),
    ])
    const seeds = issued.map(({ token }) => token)
    for (const seed of seeds) assert.notEqual(await tokens.verify(seed), undefined)
    const random = new SeededRandom(SEED)
    for (let at = 0; at < CASES; at++) {
      const token = random.chance(0.2)
        ? spliced(random, seeds)
        : mutateText(random.pick(seeds), random, PIECES)
      if (isSame(token, seeds)) continue
      assert.equal(await tokens.verify(token), undefined, `case ${at} of seed ${SEED}: ${token}`)
    }
  })

  it(`read ${CASES} mutated Authorization headers and scopes without a throw of their own`, () => {
    const random = new SeededRandom(SEED)
    const headers = ['Basic YWxpY2U6c2VjcmV0', 'Bearer a.b.c', 'basic  Og==', 'Negotiate x']
    const scopes = ['repository:a/b:pull,push', 'registry:catalog:*', 'repository(plugin):a:*']
    for (let at = 0; at < CASES; at++) {
      const header = mutateText(random.pick(headers), random, PIECES)
      const read = parseAuthorization(header)
      if (read.scheme === 'basic') assert.ok(!read.user.includes(':'))
      try {
        for (const { name } of parseScopes([mutateText(random.pick(scopes), random, PIECES)]))
          assert.match(name, /^[a-z0-9][a-z0-9._/-]*$/)
      } catch (error) {
        assert.ok(error instanceof RegistryError, String(error))
      }
    }
  })
})

/** Parts of different tokens. */
function spliced(random: SeededRandom, tokens: readonly string[]): string {
  return [0, 1, 2].map((part) => random.pick(tokens).split('.')[part]).join('.')
}

/**
 * Whether the token is one of those that were issued. Base64url leaves bits of the last character
 * of
 * a part unused, so that several texts stand for the same bytes.
 */
function isSame(token: string, tokens: readonly string[]): boolean {
  const bytes = bytesOf(token)
  return tokens.some((issued) => bytesOf(issued) === bytes)
}

function bytesOf(token: string): string {
  const parts = token.split('.')
  const [header, payload, signature = ''] = parts
  return `${header}.${payload}.${Buffer.from(signature, 'base64url').toString('hex')}.${parts.length}`
}
