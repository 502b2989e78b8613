import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Pattern, pattern } from '../../src/base/patterns.ts'

const pieces = ['**', '*', '?', 'a', 'b', '/', '.', '-']
const written = fc
  .array(fc.constantFrom(...pieces), { maxLength: 10 })
  .map((chosen) => chosen.join(''))
const name = fc
  .array(fc.constantFrom('a', 'b', '/', '.', '-'), { maxLength: 10 })
  .map((letters) => letters.join(''))

/** The meaning of a pattern as a regular expression, which backtracks. */
function expressionOf(text: string): RegExp {
  const source = text.replaceAll(/\*\*|[*?]|[^*?]+/g, (piece) => {
    if (piece === '**') return '.*'
    if (piece === '*') return '[^/]*'
    if (piece === '?') return '[^/]'
    return piece.replaceAll(/[\\^$.|+()[\]{}]/g, String.raw`\$&`)
  })
  return new RegExp(`^${source}$`)
}

/** A name that counts how often it is looked at, as the regular expression's engine cannot be. */
function countedName(text: string): { name: string; looks: () => number } {
  let looks = 0
  const counted = new Proxy(Object(text) as object, {
    get(target, property) {
      looks++
      const value: unknown = Reflect.get(target, property)
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value
    },
  })
  return { name: counted as unknown as string, looks: () => looks }
}

describe('a pattern of names', () => {
  it('L3: costs at most the length of the pattern times that of the name', () => {
    for (const text of ['**a**a**a**a**b', '*a*a*a*b', '?*?*?*?*b', '**/*/**/*/**b', '********b']) {
      const { name: counted, looks } = countedName('a'.repeat(250))
      assert.equal(pattern(text)(counted), false)
      assert.ok(looks() <= 4 * text.length * 251, `${text}: ${looks()}`)
    }
  })

  it('L3: means the same as the regular expression that it was before', () => {
    fc.assert(
      fc.property(written, name, (text, whole) => {
        assert.equal(pattern(text)(whole), expressionOf(text).test(whole), `${text} of ${whole}`)
      }),
      { numRuns: 5000 },
    )
  })

  it('L8: knows whether names with a certain beginning can match, or must', () => {
    fc.assert(
      fc.property(written, name, name, (text, head, rest) => {
        const compiled = new Pattern(text)
        const matches = compiled.matches(head + rest)
        if (matches) assert.ok(compiled.matchesSomeWith(head), `${text} with ${head}`)
        if (compiled.matchesAllWith(head)) assert.ok(matches, `${text} with all of ${head}`)
      }),
      { numRuns: 5000 },
    )
    const some = (text: string, head: string) => new Pattern(text).matchesSomeWith(head)
    assert.deepEqual(
      [
        some('public/**', 'pub'),
        some('public/**', 'team'),
        some('a/?/c', 'a/b/d'),
        some('a', 'ab'),
      ],
      [true, false, false, false],
    )
    const all = (text: string, head: string) => new Pattern(text).matchesAllWith(head)
    assert.deepEqual(
      [all('public/**', 'public/'), all('public/**', 'public'), all('*/**', 'a/'), all('*', 'a')],
      [true, false, true, false],
    )
  })
})
