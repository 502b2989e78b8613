import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { basic, startClosedServer } from '../support/closed-server.ts'
import { expect, expectError } from '../support/expected-answers.ts'
import { bodyOf } from '../support/in-process-access.ts'
import { startTestServer } from '../support/server.ts'
import { openTestRegistry } from '../support/test-registry.ts'

const MINUTE = 60_000

describe('upload sessions', () => {
  it('M10: cannot all be taken by one account', async (test) => {
    const closed = await startClosedServer({
      users: ['alice', 'bob'],
      settings: { 'limits.uploadSessions': '50' },
    })
    test.after(() => closed.stop())
    const start = (user: string) =>
      closed.server.post(`/v2/${user}/app/blobs/uploads/`, {
        headers: { Authorization: basic(user) },
      })
    for (let opened = 0; opened < 25; opened++) expect(await start('bob'), 202)
    const refused = await start('bob')
    expectError(refused, 429, 'TOOMANYREQUESTS')
    assert.equal(refused.headers['retry-after'], '60')
    assert.match(
      refused.text,
      /25 unfinished uploads of the account bob.* finish or cancel some, or try again later/,
    )
    for (let opened = 0; opened < 12; opened++) expect(await start('alice'), 202)
  })

  it('M10: cannot all be taken by one network in an open registry', async (test) => {
    const settings = { 'limits.uploadSessions': '50', trustedProxies: '[127.0.0.1]' }
    const server = await startTestServer(settings, test)
    const start = (client: string) =>
      server.post('/v2/app/blobs/uploads/', { headers: { 'X-Forwarded-For': client } })
    // The addresses of one /64 are those of one client.
    for (let opened = 0; opened < 25; opened++)
      expect(await start(`2001:db8::${opened.toString(16)}`), 202)
    expectError(await start('2001:db8::ffff'), 429, 'TOOMANYREQUESTS')
    expect(await start('192.0.2.1'), 202)
  })

  it('M10: never run out for a newcomer, however many callers take their share', async () => {
    const { registry } = await openTestRegistry({ limits: { uploadSessions: 1000 } })
    const start = (owner: string) => registry.uploads.start('a', undefined, { owner })
    for (let caller = 0; caller < 8; caller++) {
      for (let tried = 0; tried < 600; tried++)
        await start(`greedy ${caller}`).catch(() => undefined)
      await start(`newcomer ${caller}`)
    }
  })

  it('M10: are counted for their account over a restart and until they end', async () => {
    const before = await openTestRegistry({ limits: { uploadSessions: 8 } })
    const bob = { owner: 'bob' }
    for (let opened = 0; opened < 3; opened++)
      await before.registry.uploads.start('a', undefined, bob)
    const { registry } = await before.restart()
    const { id } = await registry.uploads.start('a', undefined, bob)
    await assert.rejects(registry.uploads.start('a', undefined, bob), { status: 429 })
    await registry.uploads.cancel('a', id)
    await registry.uploads.start('a', undefined, bob)
    await assert.rejects(registry.uploads.start('a', undefined, bob), { status: 429 })
  })

  it('M10: expire after ten minutes without a byte, and with bytes after uploads.expiry', async () => {
    const test = await openTestRegistry({ uploads: { expiry: 1440 * MINUTE } })
    const { uploads } = test.registry
    const [unused, used] = [await uploads.start('a'), await uploads.start('a')]
    await uploads.append('a', used.id, { body: bodyOf(Buffer.from('byte')) })
    test.clock.now += 10 * MINUTE - 1
    await uploads.sweep()
    assert.equal((await uploads.status('a', unused.id)).offset, 0)
    test.clock.now += 1
    await uploads.sweep()
    assert.equal(await uploads.find(unused.id), undefined)
    test.clock.now += 1400 * MINUTE
    await uploads.sweep()
    assert.equal((await uploads.status('a', used.id)).offset, 4)
  })
})
