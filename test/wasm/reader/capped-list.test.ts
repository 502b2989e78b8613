import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CappedList } from '../../../src/wasm/reader/capped-list.ts'

describe('a capped list', () => {
  it('keeps the beginning without gaps, bounded in entries and bytes, and counts all', () => {
    const few = new CappedList<string>([2, 100])
    for (const text of ['a', 'b', 'c']) few.push(text)
    assert.deepEqual(few.list(), { total: 3, items: ['a', 'b'] })
    // "a" and a comma are four bytes; "€€" is eight and a comma.
    const small = new CappedList<string>([9, 8])
    for (const text of ['a', '€€', 'b']) small.push(text)
    assert.deepEqual(small.list(), { total: 3, items: ['a'] })
  })

  it('keeps equal texts once', () => {
    const list = new CappedList<string>([2, 100])
    for (const text of ['a', 'b', 'a', 'c', 'b', 'c']) list.add(text)
    assert.deepEqual(list.list(), { total: 4, items: ['a', 'b'] })
  })
})
