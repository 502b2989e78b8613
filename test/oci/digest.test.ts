import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  algorithmOf,
  describeBadDigest,
  type Digest,
  digestOf,
  encodedOf,
  finishDigest,
  isDigest,
  isDigestAlgorithm,
  looksLikeDigest,
  startHash,
} from '../../src/oci/digest.ts'

const HEX = '0123456789abcdef'.split('')
const hex = (length: number) =>
  fc
    .array(fc.constantFrom(...HEX), { minLength: length, maxLength: length })
    .map((digits) => digits.join(''))

/** image-spec, "Digests", read character by character instead of by a pattern. */
function isDigestByTheBook(text: string): boolean {
  const colon = text.indexOf(':')
  if (colon < 1 || text.length > 1024) return false
  const components = text.slice(0, colon).split(/[+._-]/)
  const encoded = text.slice(colon + 1)
  const isLowerOrDigit = (c: string) => (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')
  const isEncoded = (c: string) =>
    isLowerOrDigit(c) || (c >= 'A' && c <= 'Z') || c === '=' || c === '_' || c === '-'
  return (
    components.every((part) => part !== '' && part.split('').every(isLowerOrDigit)) &&
    encoded !== '' &&
    encoded.split('').every(isEncoded)
  )
}

const nearlyDigests = fc.string({
  unit: fc.constantFrom(...'ab09:+._-=AZ /\n\0é'.split('')),
  maxLength: 12,
})

describe('digests', () => {
  it('digests have the grammar of the image-spec, whichever their algorithm', () => {
    fc.assert(
      fc.property(fc.oneof(nearlyDigests, fc.string()), (text) => {
        assert.equal(looksLikeDigest(text), isDigestByTheBook(text))
      }),
      { numRuns: 3000 },
    )
    for (const text of ['sha256:a', 'blake3:ff', 'multihash+base58:QmRZ', 'a.b_c-d+e:=_-'])
      assert.ok(looksLikeDigest(text), text)
    for (const text of [
      '',
      ':',
      'sha256:',
      ':ff',
      'SHA256:ff',
      'a..b:ff',
      '-a:ff',
      'a:b:c',
      'a: b',
    ])
      assert.ok(!looksLikeDigest(text), text)
    assert.ok(looksLikeDigest(`a:${'b'.repeat(1022)}`))
    assert.ok(!looksLikeDigest(`a:${'b'.repeat(1023)}`))
  })

  it('digests name something here if they are sha256 or sha512 with all their lower-case digits', () => {
    fc.assert(
      fc.property(fc.constantFrom('sha256', 'sha512'), hex(128), (algorithm, digits) => {
        const encoded = digits.slice(0, algorithm === 'sha256' ? 64 : 128)
        assert.ok(isDigest(`${algorithm}:${encoded}`))
        assert.ok(!isDigest(`${algorithm}:${encoded.slice(1)}`))
        assert.ok(!isDigest(`${algorithm}:${encoded}0`))
        assert.ok(!isDigest(`${algorithm}:${encoded.slice(1)}A`))
        assert.ok(!isDigest(`${algorithm}:${encoded.slice(1)}g`))
        assert.ok(!isDigest(`${algorithm}:${encoded}\n`))
        assert.ok(!isDigest(`x${algorithm}:${encoded}`))
        const upper = encoded.toUpperCase()
        assert.equal(isDigest(`${algorithm}:${upper}`), upper === encoded)
      }),
    )
    assert.ok(!isDigest(`sha256:${'a'.repeat(128)}`))
    assert.ok(!isDigest(`sha512:${'a'.repeat(64)}`))
    assert.ok(!isDigest(`blake3:${'a'.repeat(64)}`))
  })

  it('digests that name something here are digests by grammar, and come apart and together again', () => {
    fc.assert(
      fc.property(fc.constantFrom('sha256', 'sha512'), hex(128), (algorithm, digits) => {
        const text = `${algorithm}:${digits.slice(0, algorithm === 'sha256' ? 64 : 128)}` as Digest
        assert.ok(looksLikeDigest(text))
        assert.equal(`${algorithmOf(text)}:${encodedOf(text)}`, text)
      }),
    )
  })

  it('digests are those of the bytes, in one piece or several', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('sha256' as const, 'sha512' as const),
        fc.array(fc.uint8Array()),
        (algorithm, pieces) => {
          const expected = createHash(algorithm).update(Buffer.concat(pieces)).digest('hex')
          const running = startHash(algorithm)
          for (const piece of pieces) running.update(piece)
          assert.equal(finishDigest(algorithm, running), `${algorithm}:${expected}`)
          assert.equal(digestOf(Buffer.concat(pieces), algorithm), `${algorithm}:${expected}`)
        },
      ),
    )
    // The digest of nothing, as the image-spec and everyone else print it.
    assert.equal(
      digestOf(new Uint8Array(0)),
      'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    )
  })

  it('digests are stored under the two algorithms only', () => {
    for (const name of ['sha256', 'sha512']) assert.ok(isDigestAlgorithm(name))
    for (const name of ['', 'sha1', 'SHA256', 'blake3', 'toString', '__proto__', 'constructor'])
      assert.ok(!isDigestAlgorithm(name), name)
  })

  it('digests that are bad are told what is wrong with them', () => {
    assert.match(describeBadDigest('latest'), /form algorithm:hex/)
    assert.match(describeBadDigest('blake3:ff'), /must be sha256 or sha512/)
    assert.match(describeBadDigest('sha256:FF'), /64 lower-case hexadecimal digits/)
    assert.match(describeBadDigest('sha512:ff'), /128 lower-case hexadecimal digits/)
    assert.match(describeBadDigest('constructor:x'), /must be sha256 or sha512/)
  })
})
