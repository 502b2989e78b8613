import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Context } from 'koa'
import { setWarnings } from '../../src/http/warnings.ts'

function warningsSent(warnings: readonly string[]): readonly string[] {
  let sent: readonly string[] = []
  const ctx = { set: (_: string, values: readonly string[]) => (sent = values) }
  setWarnings(ctx as unknown as Context, warnings)
  return sent
}

/** RFC 9110, section 5.6.4: the text of a quoted string. */
function unquoted(value: string): string {
  const text = /^299 - "((?:[^"\\]|\\.)*)"$/.exec(value)?.[1]
  assert.notEqual(text, undefined, value)
  return text!.replaceAll(/\\(.)/g, '$1')
}

describe('Warning headers', () => {
  it('Warning headers say the text, quoted, in printable ASCII', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 40 })), (warnings) => {
        const sent = warningsSent(warnings)
        for (const [at, value] of sent.entries()) {
          assert.match(value, /^[ -~]*$/)
          assert.equal(unquoted(value), warnings[at]!.replaceAll(/[^ -~]/g, '?'))
        }
      }),
    )
    assert.deepEqual(warningsSent(['a "b" \\ c\r\nX: y']), [String.raw`299 - "a \"b\" \\ c??X: y"`])
  })

  it('Warning headers are as many as fit into 4096 bytes', () => {
    const sent = warningsSent(Array.from({ length: 100 }, (_, at) => `${at}`.padEnd(200, '"')))
    const length = sent.join('').length
    assert.ok(length <= 4096 && length > 3000, String(length))
    assert.deepEqual(warningsSent(['x'.repeat(5000)]), [])
    assert.deepEqual(warningsSent([]), [])
  })
})
