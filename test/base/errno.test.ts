import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { isErrno, messageOf } from '../../src/base/errno.ts'

describe('isErrno', () => {
  it('isErrno recognises an error of the operating system by its code', () => {
    assert.throws(
      () => readFileSync('/does/not/exist'),
      (error) => isErrno(error, 'EACCES', 'ENOENT') && !isErrno(error, 'EACCES'),
    )
  })

  it('isErrno is false for anything else that is thrown', () => {
    for (const error of [new Error('ENOENT'), 'ENOENT', { code: 'ENOENT' }, undefined])
      assert.equal(isErrno(error, 'ENOENT'), false)
  })
})

describe('messageOf', () => {
  it('messageOf is the message of an error, and the text of anything else', () => {
    assert.equal(messageOf(new TypeError('no')), 'no')
    assert.equal(messageOf('no'), 'no')
    assert.equal(messageOf(undefined), 'undefined')
  })
})
