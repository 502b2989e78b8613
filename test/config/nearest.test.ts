import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { nearest } from '../../src/config/nearest.ts'

const candidates = [
  'host',
  'port',
  'limits.blobSize',
  'limits.manifestSize',
  'validation.references',
]

describe('nearest', () => {
  for (const [word, meant] of [
    ['prot', 'port'],
    ['PORT', 'port'],
    ['hots', 'host'],
    ['limits.blobsize', 'limits.blobSize'],
    ['limit.manifestSize', 'limits.manifestSize'],
    ['manifestsize', 'limits.manifestSize'],
    ['something', undefined],
    ['x', undefined],
    ['', undefined],
  ] as const) {
    it(`suggests ${meant ?? 'nothing'} for ${word || 'an empty word'}`, () =>
      assert.equal(nearest(word, candidates), meant))
  }
})
