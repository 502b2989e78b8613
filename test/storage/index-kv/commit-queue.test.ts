import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RegistryError } from '../../../src/oci/errors.ts'
import { CommitQueue, type Operation } from '../../../storage/index-kv/commit-queue.ts'
import { MemoryKeyValue } from '../../support/memory-key-value.ts'
import { under } from '../../../storage/keys.ts'
import { ObedientKeyValue } from '../../support/obedient-key-value.ts'
import { turns } from '../../support/turns.ts'

const VALUE = Buffer.from('value')
const put =
  (key: string): Operation<string> =>
  (transaction) => {
    transaction.put(key, VALUE)
    return key
  }
/** Puts the key unless it exists. */
const first =
  (key: string): Operation<boolean> =>
  (transaction) => {
    if (transaction.get(key) !== undefined) return false
    transaction.put(key, VALUE)
    return true
  }

function open(syncs = true) {
  const store = new ObedientKeyValue()
  const told: string[][] = []
  const queue = new CommitQueue(store, syncs, (keys) => told.push([...keys]))
  return { store, queue, told }
}

describe('the commit queue', () => {
  it('acknowledges no operation before its changes are written', async () => {
    const { store, queue } = open()
    let acknowledged = false
    const commit = queue.commit(put('a')).then(() => (acknowledged = true))
    const write = await store.nextWrite()
    await turns()
    assert.equal(acknowledged, false)
    assert.equal(store.get('a'), undefined)
    write.succeed()
    await commit
    assert.deepEqual(store.get('a'), VALUE)
  })

  it('writes the changes of all operations that ran during a write in one batch', async () => {
    const { store, queue } = open()
    const lone = queue.commit(put('lone'))
    const keys = Array.from({ length: 50 }, (_, number) => `key ${number}`)
    const many = Promise.all(keys.map((key) => queue.commit(put(key))))
    const [one] = [await store.nextWrite()]
    assert.deepEqual([...one.changes.keys()], ['lone'])
    one.succeed()
    const together = await store.nextWrite()
    assert.deepEqual([...together.changes.keys()], keys)
    together.succeed()
    assert.deepEqual(await many, keys)
    assert.equal(await lone, 'lone')
    assert.equal(store.pending.length, 0)
  })

  it('syncs a batch if one of its operations asks for it', async () => {
    for (const [durabilities, sync] of [
      [['unsynced', 'unsynced'], false],
      [['unsynced', 'synced', 'unsynced'], true],
    ] as const) {
      const { store, queue } = open()
      const commits = [queue.commit(put('before'), 'unsynced')]
      for (const durability of durabilities) commits.push(queue.commit(put('a'), durability))
      const before = await store.nextWrite()
      assert.equal(before.sync, false)
      before.succeed()
      const batch = await store.nextWrite()
      assert.equal(batch.sync, sync)
      batch.succeed()
      await Promise.all(commits)
    }
    const { store, queue } = open(false)
    const commit = queue.commit(put('a'))
    const write = await store.nextWrite()
    assert.equal(write.sync, false, 'durability: none')
    write.succeed()
    await commit
  })

  it('runs operations against the changes that are still being written', async () => {
    const { store, queue } = open()
    const commits = [first('a'), first('b'), first('a'), first('b')].map((one) => queue.commit(one))
    const gone = queue.commit((transaction) => transaction.delete('a'))
    const again = queue.commit(first('a'))
    for (let write = 0; write < 2; write++) (await store.nextWrite()).succeed()
    assert.deepEqual(await Promise.all(commits), [true, true, false, false])
    await gone
    assert.equal(await again, true)
    assert.deepEqual(store.get('a'), VALUE)
  })

  it('runs no operation between the end of an asynchronous one and its changes', async () => {
    for (let later = 0; later < 8; later++) {
      const queue = new CommitQueue(new MemoryKeyValue(), true, () => undefined)
      let end: () => void = () => undefined
      const ended = new Promise<void>((resolve) => (end = resolve))
      const long = queue.commit(async (transaction) => {
        await ended
        return first('a')(transaction)
      })
      end()
      await turns(later)
      const short = queue.commit(first('a'))
      assert.deepEqual(await Promise.all([long, short]), [true, false], `${later} turns later`)
    }
  })

  it('shows an operation its own and all pending changes, in single rows and in ranges', async () => {
    const { store, queue } = open()
    const stored = queue.commit((transaction) => {
      for (const key of ['l!a', 'l!c', 'l!e', 'm!a']) transaction.put(key, VALUE)
    })
    ;(await store.nextWrite()).succeed()
    await stored
    const writing = queue.commit((transaction) => {
      transaction.put('l!b', VALUE)
      transaction.delete('l!c')
    })
    const next = queue.commit((transaction) => {
      transaction.put('l!d', VALUE)
      transaction.delete('l!b')
      transaction.put('l!c', VALUE)
    })
    const seen = queue.commit(async (transaction) => {
      transaction.delete('l!e')
      transaction.put('l!f', VALUE)
      assert.equal(transaction.get('l!e'), undefined)
      assert.deepEqual(transaction.get('l!f'), VALUE)
      const lists = []
      for (const limit of [1, 2, 3, 4, Number.POSITIVE_INFINITY])
        lists.push((await transaction.keys(under('l'), limit)).map((key) => key.slice(2)).join(''))
      return lists
    })
    for (let write = 0; write < 3; write++) (await store.nextWrite()).succeed()
    await Promise.all([writing, next])
    assert.deepEqual(await seen, ['a', 'ac', 'acd', 'acdf', 'acdf'])
  })

  it('runs asynchronous operations one after the other', async () => {
    const { store, queue } = open()
    let running = 0
    const slow = async () => {
      assert.equal(running++, 0)
      await turns()
      running--
    }
    const all = [
      queue.commit(slow),
      queue.commit(slow),
      queue.commit(() => slow()),
      queue.commit(slow),
    ]
    await Promise.all(all)
    assert.equal(store.pending.length, 0, 'nothing was changed, so nothing is written')
  })

  it('drops the changes of an operation that throws, and runs the next one', async () => {
    const { store, queue } = open()
    const failing: Operation<never>[] = [
      (transaction) => {
        transaction.put('bad', VALUE)
        throw new Error('no')
      },
      async (transaction) => {
        transaction.put('bad', VALUE)
        await turns()
        throw new Error('no')
      },
    ]
    for (const operation of failing) await assert.rejects(queue.commit(operation), /no/)
    const good = queue.commit(put('good'))
    const write = await store.nextWrite()
    assert.deepEqual([...write.changes.keys()], ['good'])
    write.succeed()
    await good
  })

  it('lets an operation without changes wait for the changes that it may have seen', async () => {
    const { store, queue } = open()
    const writing = queue.commit(put('a'))
    const look = queue.commit((transaction) => transaction.get('a'))
    const failed = assert.rejects(look)
    ;(await store.nextWrite()).fail(new Error('EIO'))
    await assert.rejects(writing)
    await failed
  })

  it('reports the changed keys before it acknowledges an operation', async () => {
    const { store, queue, told } = open()
    const commit = queue.commit(put('a')).then(() => told.push(['acknowledged']))
    const write = await store.nextWrite()
    assert.deepEqual(told, [])
    write.succeed()
    await commit
    assert.deepEqual(told, [['a'], ['acknowledged']])
  })

  it('waits for all writes when it is closed', async () => {
    const { store, queue } = open()
    const commits = [queue.commit(put('a')), queue.commit(put('b'))]
    const closed = queue.close()
    for (let write = 0; write < 2; write++) (await store.nextWrite()).succeed()
    await closed
    assert.deepEqual([store.get('a'), store.get('b')], [VALUE, VALUE])
    await Promise.all(commits)
  })
})

describe('the commit queue after a failed write', () => {
  it('fails all pending operations after a failed write, and writes none of their changes', async () => {
    const { store, queue } = open()
    const commits = ['a', 'b', 'c'].map((key) => queue.commit(put(key)))
    const outcomes = Promise.allSettled(commits)
    ;(await store.nextWrite()).fail(new Error('ENOSPC: no space left on device'))
    for (const outcome of await outcomes) {
      assert.ok(outcome.status === 'rejected' && outcome.reason instanceof RegistryError)
      assert.equal(outcome.reason.status, 507)
      assert.ok(outcome.reason.headers['Retry-After'])
    }
    await turns()
    assert.equal(store.pending.length, 0)
  })

  it('rejects an operation that was running during a failed write', async () => {
    const { store, queue } = open()
    const writing = assert.rejects(queue.commit(put('a')), { status: 503 })
    const write = await store.nextWrite()
    let goOn = () => undefined as void
    const slow = queue.commit(async (transaction) => {
      // It has seen a change that will not happen.
      assert.ok(transaction.get('a'))
      await new Promise<void>((resolve) => {
        goOn = resolve
      })
      transaction.put('slow', VALUE)
    })
    const rejected = assert.rejects(slow, { status: 503 })
    write.fail(new Error('EIO'))
    await writing
    goOn()
    await rejected
    await turns()
    assert.equal(store.pending.length, 0)
  })

  it('recovers the store before it runs the next operation', async () => {
    const { store, queue } = open()
    const failed = assert.rejects(queue.commit(put('a')))
    ;(await store.nextWrite()).fail(new Error('EIO'))
    await failed
    const both = Promise.all([queue.commit(first('a')), queue.commit(first('a'))])
    for (let write = 0; write < 2; write++) {
      const next = await Promise.race([store.nextWrite(), both])
      if (!Array.isArray(next)) next.succeed()
    }
    assert.deepEqual(await both, [true, false])
    assert.equal(store.recovered, 1)
  })

  it('reports the keys of a failed write, which may be there after the recovery', async () => {
    const { store, queue, told } = open()
    const failed = assert.rejects(queue.commit(put('a')))
    ;(await store.nextWrite()).fail(new Error('EIO'), true)
    await failed
    assert.deepEqual(await queue.commit((transaction) => transaction.get('a')), VALUE)
    assert.deepEqual(told, [['a']], 'after it was opened again')
  })

  it('does not try to recover for every operation', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout', 'Date'] })
    const { store, queue } = open()
    store.recoveries = [new Error('ENOSPC'), undefined]
    const failed = assert.rejects(queue.commit(put('a')))
    ;(await store.nextWrite()).fail(new Error('EIO'))
    await failed
    for (let request = 0; request < 5; request++)
      await assert.rejects(queue.commit(put('b')), (error: RegistryError) => error.status >= 503)
    assert.equal(store.recovered, 1)
    test.mock.timers.setTime(Date.now() + 5_000)
    const commit = queue.commit(put('b'))
    ;(await store.nextWrite()).succeed()
    assert.equal(await commit, 'b')
    assert.equal(store.recovered, 2)
  })

  it('tries to recover again after the clock was set back', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 100_000_000 })
    const { store, queue } = open()
    store.recoveries = [new Error('ENOSPC'), undefined]
    const failed = assert.rejects(queue.commit(put('a')))
    ;(await store.nextWrite()).fail(new Error('EIO'))
    await failed
    await assert.rejects(queue.commit(put('b')))
    test.mock.timers.setTime(10_000)
    const commit = queue.commit(put('b'))
    ;(await store.nextWrite()).succeed()
    assert.equal(await commit, 'b')
  })

  it('recovers without a further write', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout', 'Date'] })
    const { store, queue } = open()
    store.recoveries = [new Error('ENOSPC'), new Error('ENOSPC'), undefined]
    const failed = assert.rejects(queue.commit(put('a')))
    ;(await store.nextWrite()).fail(new Error('EIO'))
    await failed
    for (let second = 0; second < 4; second++) {
      test.mock.timers.tick(1_001)
      await turns()
    }
    assert.equal(store.failure, undefined)
    assert.equal(store.recovered, 3)
  })

  it('stops trying to recover when it is closed', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout', 'Date'] })
    const { store, queue } = open()
    const failed = assert.rejects(queue.commit(put('a')))
    ;(await store.nextWrite()).fail(new Error('EIO'))
    await failed
    await queue.close()
    test.mock.timers.tick(10_000)
    await turns()
    assert.equal(store.recovered, 0)
  })
})
