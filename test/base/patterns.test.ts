import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { anyPattern, pattern } from '../../src/base/patterns.ts'

const matches = (text: string, ...names: string[]) =>
  names.filter((name) => pattern(text)(name)).join(' ')

const part = fc.stringMatching(/^[a-z0-9]{1,6}$/)
const name = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'))
const written = fc
  .array(fc.constantFrom('**', '*', '?', 'a', 'b', '/', '.', '-'), { minLength: 1, maxLength: 8 })
  .map((pieces) => pieces.join(''))
const short = fc
  .array(fc.constantFrom('a', 'b', '/', '.', '-'), { maxLength: 6 })
  .map((letters) => letters.join(''))

/** The meaning of a pattern, said once more: piece by piece, without regular expressions. */
function means(text: string, whole: string): boolean {
  if (text === '') return whole === ''
  if (text.startsWith('**'))
    return means(text.slice(2), whole) || (whole !== '' && means(text, whole.slice(1)))
  const isPart = whole !== '' && whole[0] !== '/'
  if (text.startsWith('*'))
    return means(text.slice(1), whole) || (isPart && means(text, whole.slice(1)))
  const fits = text[0] === '?' ? isPart : text[0] === whole[0]
  return fits && means(text.slice(1), whole.slice(1))
}

describe('a pattern of repository names', () => {
  it('a pattern of repository names is the examples of the documentation', () => {
    assert.equal(matches('**', 'a', 'a/b', 'a/b/c'), 'a a/b a/b/c')
    assert.equal(matches('asm/**', 'asm', 'asm/a', 'asm/a/b', 'asmx/a'), 'asm/a asm/a/b')
    assert.equal(matches('team-?/web', 'team-a/web', 'team-ab/web', 'team-/web'), 'team-a/web')
    assert.equal(matches('*', 'a', 'a/b'), 'a')
    assert.equal(matches('asm/*/web', 'asm/a/web', 'asm/a/b/web', 'asm/web'), 'asm/a/web')
    assert.equal(matches('**/web', 'web', 'a/web', 'a/b/web', 'xweb'), 'a/web a/b/web')
  })

  it('a pattern of repository names without wildcards is one name', () => {
    fc.assert(
      fc.property(name, name, (one, other) => {
        assert.equal(pattern(one)(one), true)
        assert.equal(pattern(one)(other), one === other)
      }),
    )
  })

  it('a pattern of repository names means what it says, piece by piece', () => {
    fc.assert(
      fc.property(written, short, (text, whole) => {
        assert.equal(pattern(text)(whole), means(text, whole), `${text} of ${whole}`)
      }),
      { numRuns: 2000 },
    )
  })

  it('a pattern of repository names takes every other character for itself', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, other) => {
        fc.pre(!/[*?]/.test(text))
        assert.equal(pattern(text)(text), true)
        assert.equal(pattern(text)(other), text === other)
      }),
    )
  })

  it('a pattern of repository names matches below a prefix and nothing beside it', () => {
    fc.assert(
      fc.property(name, name, (prefix, rest) => {
        assert.equal(pattern(`${prefix}/**`)(`${prefix}/${rest}`), true)
        assert.equal(pattern(`${prefix}/**`)(prefix), false)
        assert.equal(pattern(`${prefix}/**`)(`${prefix}${rest}`), false)
        assert.equal(pattern(`${prefix}/**`)(`x${prefix}/${rest}`), false)
      }),
    )
  })

  it('a pattern of repository names of several matches where one of them does', () => {
    fc.assert(
      fc.property(fc.array(written), short, (texts, whole) => {
        assert.equal(
          anyPattern(texts)(whole),
          texts.some((text) => means(text, whole)),
        )
      }),
    )
  })
})
