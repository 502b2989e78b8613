import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ByteBudget, type Hold } from '../../src/base/byte-budget.ts'
import { turns } from '../support/turns.ts'

const { signal } = new AbortController()

/** Asks for bytes, and notes the names of the holders in the order in which they get them. */
class Requests {
  readonly budget: ByteBudget
  readonly granted: string[] = []
  readonly holds: Hold[] = []

  constructor(total: number) {
    this.budget = new ByteBudget(total)
  }

  ask(holder: string, bytes: number, by = signal): Promise<void> {
    return this.budget.hold(holder, bytes, by).then((hold) => {
      this.granted.push(holder)
      this.holds.push(hold)
    })
  }
}

describe('a byte budget', () => {
  it('grants what fits at once and lets the rest wait for released bytes', async () => {
    const requests = new Requests(100)
    await requests.ask('a', 50)
    await requests.ask('b', 40)
    void requests.ask('c', 20)
    await turns()
    assert.deepEqual(requests.granted, ['a', 'b'])
    assert.deepEqual([requests.budget.held, requests.budget.waiting], [90, 1])
    requests.holds[1]!.release()
    await turns()
    assert.deepEqual(requests.granted, ['a', 'b', 'c'])
    assert.deepEqual([requests.budget.held, requests.budget.waiting], [70, 0])
  })

  it('gives one holder no more than half, and others the rest', async () => {
    const requests = new Requests(100)
    for (let asked = 0; asked < 4; asked++) void requests.ask('a', 25)
    void requests.ask('b', 50)
    await turns()
    assert.deepEqual(requests.granted, ['a', 'a', 'b'])
    assert.equal(requests.budget.held, 100)
  })

  it('serves holders in turn, whatever number of requests each has', async () => {
    const requests = new Requests(100)
    await requests.ask('x', 50)
    await requests.ask('y', 50)
    for (const holder of ['a', 'a', 'a', 'b', 'c']) void requests.ask(holder, 50)
    await turns()
    for (let released = 0; released < 6; released++) {
      requests.holds[released]!.release()
      await turns()
    }
    assert.deepEqual(requests.granted.slice(2), ['a', 'b', 'c', 'a', 'a'])
  })

  it('does not let smaller requests pass a larger one that waits for memory', async () => {
    const requests = new Requests(100)
    await requests.ask('x', 40)
    await requests.ask('y', 40)
    void requests.ask('large', 50)
    void requests.ask('small', 30)
    await turns()
    requests.holds[0]!.release()
    await turns()
    assert.deepEqual(requests.granted.slice(2), ['large'])
  })

  it('counts a request that is larger than the share of its holder as that share', async () => {
    const requests = new Requests(100)
    await requests.ask('a', 1000)
    await requests.ask('b', 1000)
    assert.equal(requests.budget.held, 100)
  })

  it('forgets a request whose signal is aborted while it waits', async () => {
    const requests = new Requests(100)
    await requests.ask('a', 50)
    await requests.ask('b', 50)
    const leaving = new AbortController()
    const asked = assert.rejects(requests.ask('c', 50, leaving.signal), /has left/)
    await turns()
    leaving.abort(new Error('it has left'))
    await asked
    assert.equal(requests.budget.waiting, 0)
    requests.holds[0]!.release()
    assert.equal(requests.budget.held, 50)
  })

  it('counts a changed hold at once, even beyond the budget', async () => {
    const requests = new Requests(100)
    await requests.ask('a', 10)
    requests.holds[0]!.resize(120)
    assert.equal(requests.budget.held, 120)
    void requests.ask('b', 10)
    await turns()
    assert.deepEqual(requests.granted, ['a'])
    requests.holds[0]!.resize(5)
    await turns()
    assert.deepEqual(requests.granted, ['a', 'b'])
    for (const hold of requests.holds) {
      hold.release()
      hold.resize(7)
      hold.release()
    }
    assert.equal(requests.budget.held, 0)
  })
})
