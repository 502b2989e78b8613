import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fill, Formats } from '../../console/language/format.ts'

describe('numbers, sizes and times', () => {
  const [english, chinese] = [new Formats('en'), new Formats('zh-CN')]
  const now = Date.UTC(2026, 10, 25, 12)

  it('numbers, sizes and times are in the words of the language', () => {
    assert.equal(english.size(1), '1 byte')
    assert.equal(english.size(17_200), '17 kB')
    assert.equal(english.size(1_500_000), '1.5 MB')
    assert.equal(chinese.size(1_500_000), '1.5 MB')
    assert.equal(english.number(12_345), '12,345')
    assert.equal(english.ago(now - 90_000, now), '1 minute ago')
    assert.equal(chinese.ago(now - 90_000, now), '1分钟前')
    assert.equal(english.ago(now - 40 * 86_400_000, now), 'last month')
    assert.equal(english.ago(now, now), 'now')
  })

  it('numbers, sizes and times have the form that a number takes', () => {
    const forms = { one: '{n} page', other: '{n} pages' }
    assert.equal(english.count(forms, 1), '1 page')
    assert.equal(english.count(forms, 1_000), '1,000 pages')
  })

  it('numbers, sizes and times are put where the text has them', () => {
    assert.equal(fill('{a} and {b} and {c}', { a: 1, b: '{a}' }), '1 and {a} and {c}')
  })
})
