import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Writability } from '../../../storage/files/writability.ts'
import { FailingDisk } from '../../support/failing-disk.ts'
import { emptyDisk, MemoryDisk } from '../../support/memory-disk.ts'

function opened(health = { writable: true } as { writable: boolean; reason?: string }) {
  const files = emptyDisk()
  const disk = new FailingDisk(new MemoryDisk(files))
  const clock = { now: 1_000_000 }
  return { disk, clock, writability: new Writability({ health }, disk, () => clock.now) }
}

describe('whether the store can be written', () => {
  it('tries a write on the disk, and leaves no file behind', async () => {
    const { disk, writability } = opened()
    assert.equal(await writability.reason(), undefined)
    assert.deepEqual(disk.asked, ['create', 'write', 'unlink'])
    assert.deepEqual(await disk.list('.'), [])
  })

  it('reports the failure of the disk, and notices when the disk works again', async () => {
    for (const [operation, message, reason] of [
      ['create', 'EROFS: read-only file system', /cannot use its disk/],
      ['write', 'ENOSPC: no space left on device', /no space left/],
      ['unlink', 'EIO: input/output error', /cannot use its disk/],
    ] as const) {
      const { disk, clock, writability } = opened()
      disk.failNext(operation, message)
      assert.match((await writability.reason())!, reason)
      clock.now += 1000
      assert.equal(await writability.reason(), undefined)
    }
  })

  it('tries a write at most once a second, whatever the clock does', async () => {
    const { disk, clock, writability } = opened()
    await Promise.all([writability.reason(), writability.reason()])
    clock.now += 999
    await writability.reason()
    assert.equal(disk.times('create'), 1)
    clock.now -= 10_000
    await writability.reason()
    assert.equal(disk.times('create'), 2)
  })

  it('reports a read-only index without trying a write', async () => {
    const { disk, writability } = opened({ writable: false, reason: 'read-only' })
    assert.equal(await writability.reason(), 'read-only')
    assert.deepEqual(disk.asked, [])
  })
})
