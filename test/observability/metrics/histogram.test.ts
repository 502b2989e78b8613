import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Histogram } from '../../../src/observability/metrics/histogram.ts'

describe('a histogram', () => {
  it('a histogram counts each value once, at the first boundary that is not below it', () => {
    const histogram = new Histogram([1, 10])
    for (const value of [0, 1, 1.5, 10, 10.5, 1000]) histogram.add(value)
    assert.deepEqual(histogram.counts, [2, 2, 2])
    assert.deepEqual([histogram.count, histogram.sum], [6, 1023])
  })
})
