import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { explain } from '../../src/cli/explain.ts'

describe('explain', () => {
  it('adds causes that say something new, in one line', () => {
    const locked = new Error('LOCK: already held by process')
    const unopened = new Error('cannot open', { cause: locked })
    assert.equal(
      explain(new Error('the data directory is in use', { cause: unopened })),
      'the data directory is in use (cannot open: LOCK: already held by process)',
    )
    assert.equal(
      explain(new Error('no: cannot open', { cause: new Error('cannot open') })),
      'no: cannot open',
    )
  })

  it('shows where a mistake of ours happened', () => {
    assert.match(
      explain(new TypeError('x is not a function')),
      /TypeError: x is not a function\n +at /,
    )
  })

  it('takes whatever can be thrown', () => {
    assert.equal(explain('text'), 'text')
    assert.equal(explain(undefined), 'undefined')
  })
})
