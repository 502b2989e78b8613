import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CollectionPause } from '../../src/registry/collection-pause.ts'
import { memoryStorage } from '../support/memory-storage.ts'
import { KeptLog } from '../support/kept-log.ts'

const MINUTE = 60_000

describe('a collection pause', () => {
  it('renews its lease for as long as the pause is held', async (test) => {
    test.mock.timers.enable({ apis: ['setInterval', 'Date'] })
    const { leases } = memoryStorage().index
    const held = await CollectionPause.take(leases, 'backup', { now: Date.now, log: new KeptLog() })
    for (let minute = 0; minute < 5; minute++) {
      test.mock.timers.tick(MINUTE)
      await new Promise(setImmediate)
    }
    const [lease] = await leases.list('removals')
    assert.equal(lease?.holder, 'backup')
    assert.equal(lease.expiresAt, 6 * MINUTE, 'it expires unless it is renewed')
    assert.equal(held.unbroken, true)
    assert.equal(await held.release(), true)
    assert.deepEqual(await leases.list('removals'), [])
  })

  it('reports to its holder that the lease expired', async (test) => {
    test.mock.timers.enable({ apis: ['setInterval', 'Date'] })
    const { leases } = memoryStorage().index
    const options = { now: Date.now, log: new KeptLog() }
    const [noticed, unnoticed] = [
      await CollectionPause.take(leases, 'one', options),
      await CollectionPause.take(leases, 'two', options),
    ]
    for (const { id } of await leases.list('removals')) await leases.release('removals', id)
    assert.equal(await unnoticed.release(), false)
    test.mock.timers.tick(MINUTE)
    await new Promise(setImmediate)
    assert.equal(noticed.unbroken, false)
    assert.equal(await noticed.release(), false)
  })
})
