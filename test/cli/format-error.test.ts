import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatError } from '../../src/cli/format-error.ts'

describe('explain', () => {
  it('adds the messages of causes that are new, in one line', () => {
    const locked = new Error('LOCK: already held by process')
    const unopened = new Error('cannot open', { cause: locked })
    assert.equal(
      formatError(new Error('the data directory is in use', { cause: unopened })),
      'the data directory is in use (cannot open: LOCK: already held by process)',
    )
    assert.equal(
      formatError(new Error('no: cannot open', { cause: new Error('cannot open') })),
      'no: cannot open',
    )
  })

  it('shows the stack of a bug', () => {
    assert.match(
      formatError(new TypeError('x is not a function')),
      /TypeError: x is not a function\n +at /,
    )
  })

  it('formats anything that is thrown', () => {
    assert.equal(formatError('text'), 'text')
    assert.equal(formatError(undefined), 'undefined')
  })
})
