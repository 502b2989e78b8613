import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { abuse } from './abuse.ts'

const SECONDS = 20

describe('the worst clients together, beside a client that pushes and pulls', () => {
  it('do not end a server with a small heap, and nothing fails for the other client', async (test) => {
    const result = await abuse(await temporaryDirectory(test), 'requests', SECONDS)
    test.diagnostic(JSON.stringify(result))
    assert.equal(result.ending, undefined)
    assert.deepEqual(result.faults, [])
    assert.ok(result.rounds > 0)
  })
})
