import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { CappedList } from '../../../src/wasm/read/capped-list.ts'

describe('a capped list', () => {
  it('a capped list keeps the beginning without gaps, bounded in entries and bytes, and counts all', () => {
    const few = new CappedList<string>([2, 100])
    for (const text of ['a', 'b', 'c']) few.push(text)
    assert.deepEqual(few.list(), { total: 3, items: ['a', 'b'] })
    // "a" and a comma are four bytes; "€€" is eight and a comma.
    const small = new CappedList<string>([9, 8])
    for (const text of ['a', '€€', 'b']) small.push(text)
    assert.deepEqual(small.list(), { total: 3, items: ['a'] })
  })

  it('a capped list measures what it keeps as JSON in UTF-8, also if it does so late', () => {
    const item = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'binary' }),
      fc.record({
        name: fc.string({ unit: 'binary' }),
        size: fc.double(),
        more: fc.array(fc.boolean()),
      }),
    )
    fc.assert(
      fc.property(fc.array(item), fc.nat(400), (items, bytes) => {
        const list = new CappedList<unknown>([9, bytes])
        for (const each of items) list.push(each)
        let room = bytes
        const refused = items.findIndex((each, position) => {
          room -= Buffer.byteLength(JSON.stringify(each)) + 1
          return room < 0 || position === 9
        })
        const kept = refused < 0 ? items : items.slice(0, refused)
        assert.deepEqual(list.list(), { total: items.length, items: kept })
      }),
    )
  })

  it('a capped list keeps equal texts once', () => {
    const list = new CappedList<string>([2, 100])
    for (const text of ['a', 'b', 'a', 'c', 'b', 'c']) list.add(text)
    assert.deepEqual(list.list(), { total: 4, items: ['a', 'b'] })
  })
})
