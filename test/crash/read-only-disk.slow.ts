import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { digest, image, IMAGE } from '../support/manifest-texts.ts'
import { pushBlob, pushImage } from '../support/pushes.ts'
import { startTestServer } from '../support/server.ts'
import { SmallDisk } from '../support/small-disk.ts'
import { storeFaults } from '../support/store-faults.ts'
import { storageError } from '../../storage/storage-error.ts'
import { NodeDisk } from '../../storage/files/node-disk.ts'
import { Level } from 'level'

const disk = await SmallDisk.mount(24)
const reason = disk ? false : 'this user may not mount'
const MEANS = 'Read-only file system'

describe('a disk that is read-only', { skip: reason }, () => {
  after(async () => {
    await disk?.unmount()
  })

  it('refuses to start on a read-only disk, with the reason, and loses nothing', async () => {
    assert.ok(disk)
    const data = join(disk.path, 'data')
    const settings = { data, durability: 'full' }
    const server = await startTestServer(settings)
    await pushImage(server, 'a', 'v1')
    await pushBlob(server, 'a', Buffer.alloc(40_000))
    await server.stop()
    await disk.remount('ro')
    const refused =
      /data directory .*data is on a disk that is mounted read-only: mount it for writing/
    await assert.rejects(startTestServer(settings), (error: Error) => {
      assert.match(error.message, refused)
      assert.doesNotMatch(error.message, /acceptGap/, 'nothing is damaged')
      return true
    })
    await disk.remount('rw')
    assert.deepEqual(await storeFaults(data), [])
    const again = await startTestServer(settings)
    assert.equal((await again.get('/v2/a/manifests/v1')).text, image())
    await again.stop()
  })
})

describe('a disk that becomes read-only under a server', () => {
  it('serves pulls while the disk is read-only, and accepts pushes again afterwards', async (test) => {
    const server = await startTestServer({ durability: 'full' }, test)
    await pushImage(server, 'a', 'v1')
    const headers = { 'Content-Type': IMAGE }
    const refuse = async () => {
      const large = Buffer.alloc(300_000)
      const path = `/v2/a/blobs/uploads/?digest=${digest(large)}`
      for (const answer of [
        await server.post(path, { body: large }),
        await server.post(`/v2/a/blobs/uploads/?digest=${digest('small')}`, { body: 'small' }),
        await server.put('/v2/a/manifests/v2', { body: image(), headers }),
        await server.delete('/v2/a/manifests/v1'),
      ]) {
        assert.equal(answer.status, 503, answer.text)
        assert.match(answer.text, /cannot use its disk: nothing was stored/)
        assert.equal(answer.headers['retry-after'], '5')
      }
    }
    const erofs = Object.assign(new Error(`EROFS: ${MEANS}`), { code: 'EROFS' })
    const batch = () => ({ put() {}, del() {}, write: () => Promise.reject(erofs) })
    const mocked = [
      test.mock.method(Level.prototype, 'batch', batch as never),
      test.mock.method(NodeDisk.prototype, 'create', () => Promise.reject(storageError(erofs))),
    ]
    await refuse()
    assert.equal((await server.get('/v2/a/manifests/v1')).text, image())
    const ready = await server.get('/readyz')
    assert.deepEqual([ready.status, ready.text.includes(MEANS)], [503, true], ready.text)
    for (const mock of mocked) mock.mock.restore()
    while ((await server.get('/readyz')).status !== 200) await sleep(50)
    await pushImage(server, 'a', 'v2')
    assert.equal((await server.get('/v2/a/manifests/v1')).text, image())
  })
})
