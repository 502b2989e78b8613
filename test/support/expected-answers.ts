import assert from 'node:assert/strict'
import type { Answer } from './requests.ts'

/** The headers of every answer under /v2/. */
export const SAFETY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
  'docker-distribution-api-version': 'registry/2.0',
}

const OF_THE_CONNECTION = new Set(['connection', 'keep-alive', 'date', 'x-request-id'])

/**
 * Fails unless an answer from below /v2/ has these headers, the safety headers, those of the
 * connection and no others.
 * Names in lower case.
 */
export function expectHeaders(answer: Answer, expected: Readonly<Record<string, string>>): void {
  const rest = Object.entries(answer.headers).filter(([name]) => !OF_THE_CONNECTION.has(name))
  assert.deepEqual(Object.fromEntries(rest), { ...SAFETY_HEADERS, ...expected })
  assert.match(String(answer.headers['x-request-id']), /^[\w.:-]{1,128}$/)
  assert.equal(new Set(answer.names).size, answer.names.length, 'a header came twice')
}

/** The same answer, known to have this status. */
export function expect(answer: Answer, status: number): Answer {
  assert.equal(answer.status, status, answer.text)
  return answer
}

/** Fails unless the answer is the error envelope with this status and code; returns its message. */
export function expectError(answer: Answer, status: number, code: string): string {
  assert.equal(answer.status, status, answer.text)
  assert.equal(answer.headers['content-type'], 'application/json')
  const { errors } = answer.json<{ errors: { code: string; message: string }[] }>()
  assert.equal(errors.length, 1)
  assert.equal(errors[0]?.code, code, answer.text)
  assert.ok(errors[0].message.length > 0)
  return errors[0].message
}
