import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { basic, startClosedServer } from '../support/closed-server.ts'
import { expect, expectError } from '../support/expected-answers.ts'

const wrong = (guess: number) => basic('alice', `wrong ${guess}`)

describe('a client that guesses passwords', () => {
  it('gets 429 on every route with a password, and no other client does', async (test) => {
    const closed = await startClosedServer({
      users: ['alice', 'bob'],
      settings: { trustedProxies: '[127.0.0.1]' },
    })
    const { server } = closed
    let done: Promise<unknown> = Promise.resolve()
    test.after(async () => {
      await closed.stop()
      await done
    })
    const ask = (path: string, Authorization: string, address = '192.0.2.1') =>
      server.get(path, { Authorization, 'X-Forwarded-For': address })
    expect(await ask('/v2/', basic('alice')), 200)
    for (let guess = 0; guess < 5; guess++)
      expectError(await ask(guess % 2 === 0 ? '/v2/' : '/token', wrong(guess)), 401, 'UNAUTHORIZED')
    // Five of these wait for longer than this test; the sixth and all after it are rejected.
    const six = [5, 6, 7, 8, 9, 10].map((guess) => ask('/v2/', wrong(guess)))
    done = Promise.allSettled(six)
    expectError(await Promise.race(six), 429, 'TOOMANYREQUESTS')
    for (const [at, path] of ['/v2/', '/token', '/v2/a/manifests/v1'].entries()) {
      const answer = await ask(path, wrong(11 + at))
      expectError(answer, 429, 'TOOMANYREQUESTS')
      assert.equal(answer.headers['retry-after'], '5')
      assert.equal(answer.headers['www-authenticate'], undefined)
    }
    expect(await ask('/v2/', basic('alice'), '192.0.2.2'), 200)
    expect(await ask('/v2/', basic('bob')), 200)
    expect(await ask('/v2/', basic('alice')), 200)
    expectError(await ask('/v2/', wrong(0), '192.0.2.3'), 401, 'UNAUTHORIZED')
  })
})
