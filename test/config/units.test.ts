import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  DURATION,
  SIZE,
  formatDuration,
  formatSize,
  parseDuration,
  parseSize,
} from '../../src/config/units.ts'

describe('units', () => {
  for (const [text, bytes] of [
    ['0', 0],
    ['1000', 1000],
    ['4KiB', 4096],
    ['16MiB', 16_777_216],
    ['1GiB', 1_073_741_824],
    ['2TiB', 2_199_023_255_552],
  ] as const) {
    it(`parses and formats ${text} as ${bytes} bytes`, () => {
      assert.match(text, SIZE)
      assert.equal(parseSize(text), bytes)
      assert.equal(formatSize(bytes), text)
    })
  }

  for (const [text, milliseconds] of [
    ['0s', 0],
    ['500ms', 500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['24h', 86_400_000],
  ] as const) {
    it(`parses and formats ${text} as ${milliseconds} milliseconds`, () => {
      assert.match(text, DURATION)
      assert.equal(parseDuration(text), milliseconds)
      assert.equal(formatDuration(milliseconds), text)
    })
  }

  it('reject unknown units, fractions, signs and spaces', () => {
    for (const text of ['', '1.5MiB', '-1', '3 MiB', '3MB', '3mib', 'MiB'])
      assert.doesNotMatch(text, SIZE)
    for (const text of ['', '30', '1.5h', '-1s', '3 s', '1d', '1h30m', 's'])
      assert.doesNotMatch(text, DURATION)
  })

  it('parse every formatted value back to the same number', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        assert.equal(parseSize(formatSize(value)), value)
        assert.equal(parseDuration(formatDuration(value)), value)
      }),
    )
  })
})
