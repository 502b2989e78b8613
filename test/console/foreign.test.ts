import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { inLine, inLines } from '../../console/language/foreign.ts'

const HIDDEN = /[\p{Cc}\u{200b}-\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}\u{feff}\u{61c}]/u

describe('text of others', () => {
  it('text of others shows what is hidden in it', () => {
    assert.equal(inLine('a\u202eb'), 'a⟨202e⟩b')
    assert.equal(inLine('a\u2066b\u2069'), 'a⟨2066⟩b⟨2069⟩')
    assert.equal(inLine('a\u0000\u001b[31m'), 'a⟨0000⟩⟨001b⟩[31m')
    assert.equal(inLine('zero\u200bwidth'), 'zero⟨200b⟩width')
    assert.equal(inLine('half \ud83d'), 'half ⟨d83d⟩')
    assert.equal(inLine('a whole 🦀'), 'a whole 🦀')
    assert.equal(inLines('a\r\nb\rc', 99), 'a\nb⟨000d⟩c')
  })

  it('text of others is cut, and says so', () => {
    assert.equal(inLine('x'.repeat(400)), `${'x'.repeat(300)}…`)
    assert.equal(inLine('abcdef', 3), 'abc…')
    assert.equal(inLines('abcdef', 3), 'abc\n…')
    assert.equal(inLine('one\n two\t three'), 'one two three')
  })

  it('text of others has nothing hidden left, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 50 }), (text) => {
        assert.doesNotMatch(inLine(text), HIDDEN)
        assert.doesNotMatch(inLines(text, 99).replaceAll(/[\n\t]/g, ''), HIDDEN)
      }),
      { seed: 7 },
    )
  })
})
