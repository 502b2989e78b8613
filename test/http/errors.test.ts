import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { failureBody } from '../../src/http/errors.ts'
import { type FailureName, FAILURES, RegistryError } from '../../src/oci/errors.ts'

const NAMES = Object.keys(FAILURES) as FailureName[]

interface Envelope {
  errors: { code: string; message: string; detail?: unknown }[]
}

const read = (body: Buffer) => JSON.parse(body.toString()) as Envelope

describe('the body of a failure', () => {
  it('the body of a failure is the envelope of the specification, printable and below 8 KiB, whatever was thrown', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 50 }),
      fc.string({ maxLength: 20 }).map((piece) => piece.repeat(1000)),
      fc.constant('\u0000\u001b[31m\u007f\u0080é\u202e\ud800'.repeat(2000)),
      fc.constantFrom('\u007f', '\u0080', 'é', '\u2028', '\n'),
    )
    const detail = fc.oneof(fc.constant(undefined), fc.jsonValue(), fc.record({ path: text }))
    fc.assert(
      fc.property(fc.constantFrom(...NAMES), text, detail, (name, message, more) => {
        const body = failureBody(new RegistryError(name, message, { detail: more }))
        assert.ok(body.byteLength < 8192, String(body.byteLength))
        assert.match(body.toString('latin1'), /^[ -~]*$/)
        const { errors } = read(body)
        assert.deepEqual(Object.keys(read(body)), ['errors'])
        assert.equal(errors.length, 1)
        assert.equal(errors[0]?.code, FAILURES[name][1])
        assert.ok(message.startsWith(errors[0].message))
      }),
    )
  })

  it('the body of a failure has the message and the detail of the error', () => {
    const failure = new RegistryError('NAME_UNKNOWN', 'no repository "é"', {
      detail: { name: 'é' },
    })
    assert.deepEqual(read(failureBody(failure)), {
      errors: [{ code: 'NAME_UNKNOWN', message: 'no repository "é"', detail: { name: 'é' } }],
    })
  })

  it('the body of a failure has the standard text of a failure without a message', () => {
    for (const name of NAMES) {
      const [status, code, message] = FAILURES[name]
      const failure = new RegistryError(name)
      assert.equal(failure.status, status)
      assert.deepEqual(read(failureBody(failure)), { errors: [{ code, message }] })
    }
  })

  it('the body of a failure leaves out a detail that is too long rather than half of it', () => {
    const body = failureBody(
      new RegistryError('CONFLICT', 'no', {
        detail: 'x'.repeat(9000),
      }),
    )
    assert.deepEqual(read(body), { errors: [{ code: 'DENIED', message: 'no' }] })
  })
})
