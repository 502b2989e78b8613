import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { Level } from 'level'
import { digest, image, IMAGE } from '../support/manifest-texts.ts'
import { openUpload, pushBlob, pushImage } from '../support/pushes.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/*
 * A registry whose index is damaged serves pulls and refuses pushes, with the reason at /readyz, in
 * the log and in the answers, until storage.acceptGap is set.
 */

const WAY_OUT =
  /read-only; restore a backup, or start once with storage\.acceptGap .*docs\/recovery\.md/

describe('a registry whose index has lost records', () => {
  it('serves pulls read-only with the reason when index records are lost, and continues with acceptGap', async (test) => {
    const { data, pushed } = await filled(test)
    await change(data, (rows) => rows.del('sequence!0000000000000005'))
    const server = await start(data, test)
    assert.equal((await server.get('/v2/a/manifests/v1')).text, pushed)
    assert.equal((await server.get(`/v2/a/blobs/${digest('layer')}`)).text, 'layer')
    assert.equal((await server.get('/v2/a/tags/list')).status, 200)
    assert.equal((await server.get('/livez')).status, 200)
    const ready = await server.get('/readyz')
    assert.equal(ready.status, 503)
    assert.match(ready.text, /the index has lost records \(batches 5 to 5\): the registry is/)
    for (const answer of await writes(server)) {
      assert.equal(answer.status, 503, answer.text)
      assert.match(answer.text, WAY_OUT)
    }
    assert.ok(
      server.log.lines.some(({ level, message }) => level === 'error' && WAY_OUT.test(message)),
    )
    await server.stop()
    await change(data, (rows) => rows.del('sequence!0000000000000005'))
    const accepting = await start(data, test, { 'storage.acceptGap': 'true' })
    assert.equal((await accepting.get('/readyz')).status, 200)
    await pushImage(accepting, 'b', 'v1')
    await accepting.stop()
    const again = await start(data, test)
    await pushImage(again, 'b', 'v2')
  })

  it('starts on a read-only index although starting would write to it', async (test) => {
    const { data } = await filled(test)
    await change(data, async (rows) => {
      await rows.del('sequence!0000000000000005')
      for await (const [key, value] of rows.iterator({ gt: 'upload!', lt: 'upload"' })) {
        const record = JSON.parse(Buffer.from(value).toString()) as object
        await rows.put(key, Buffer.from(JSON.stringify({ ...record, touchedAt: 1 })))
      }
    })
    const server = await start(data, test)
    assert.equal((await server.get('/v2/a/manifests/v1')).status, 200)
  })
})

describe('a damaged record of the index', () => {
  it('fails requests for this record alone, with advice', async (test) => {
    const { data } = await filled(test)
    await change(data, async (rows) => {
      await rows.put('tag!a!v1', Buffer.from('{"digest":"sha2'))
      await rows.put(`link!a!${digest('layer')}`, Buffer.from('{'))
      await rows.put(`bytes!a!${digest(image())}`, Buffer.from(image().replace('layers', 'prayer')))
    })
    const server = await start(data, test)
    for (const path of ['manifests/v1', 'tags/list', `blobs/${digest('layer')}`]) {
      const answer = await server.get(`/v2/a/${path}`)
      assert.equal(answer.status, 503, path)
      assert.match(answer.text, /a record of the index is damaged: .*docs\/recovery\.md/)
    }
    const damaged = await server.get(`/v2/a/manifests/${digest(image())}`)
    assert.equal(damaged.status, 404)
    assert.match(damaged.text, /was found damaged and is not served: push it again/)
    assert.equal((await server.get('/v2/other/manifests/v1')).status, 200)
    // A further push repairs a record that it writes.
    const headers = { 'Content-Type': IMAGE }
    await server.put(`/v2/a/manifests/${digest(image())}`, { body: image(), headers })
    assert.equal((await server.get(`/v2/a/manifests/${digest(image())}`)).text, image())
  })
})

describe('a registry without its index', () => {
  it('does not start as an empty registry if its index is gone', async (test) => {
    const { data } = await filled(test)
    await rm(join(data, 'index/CURRENT'))
    await assert.rejects(
      start(data, test),
      /holds the content of a registry, but its index is gone/,
    )
    const server = await start(data, test, { 'storage.acceptGap': 'true' })
    assert.equal((await server.get('/v2/a/manifests/v1')).text, image())
    await pushImage(server, 'a', 'v2')
  })
})

/** A data directory with pushed content and an unfinished upload. */
async function filled(test: TestContext): Promise<{ data: string; pushed: string }> {
  const data = await temporaryDirectory(test)
  const server = await start(data, test)
  for (const repository of ['a', 'other']) await pushImage(server, repository, 'v1')
  for (let more = 0; more < 9; more++) await pushBlob(server, 'a', `blob ${more}`)
  await openUpload(server, 'a')
  await server.stop()
  return { data, pushed: image() }
}

function start(
  data: string,
  test: TestContext,
  more: Record<string, string> = {},
): Promise<TestServer> {
  return startTestServer({ data, durability: 'full', ...more }, test)
}

async function writes(server: TestServer) {
  const headers = { 'Content-Type': IMAGE }
  return [
    await server.post('/v2/a/blobs/uploads/'),
    await server.post(`/v2/a/blobs/uploads/?digest=${digest('more')}`, { body: 'more' }),
    await server.put('/v2/a/manifests/v2', { body: image(), headers }),
    await server.delete('/v2/a/manifests/v1'),
  ]
}

type Rows = Level<string, Uint8Array>

async function change(data: string, work: (rows: Rows) => Promise<void>): Promise<void> {
  const rows: Rows = new Level(join(data, 'index'), { valueEncoding: 'buffer' })
  await work(rows)
  await rows.close()
}
