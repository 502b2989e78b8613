import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UsageError } from '../../src/cli/command.ts'
import { garbageCollectCommand, gcCommand } from '../../src/cli/gc.ts'
import { run } from '../../src/cli/run.ts'
import { scrubCommand } from '../../src/cli/scrub.ts'
import { pushBlob, pushImage } from '../support/pushes.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

async function command(server: TestServer, ...words: string[]) {
  let printed = ''
  const place = ['--port', String(server.port), '--data', server.data]
  const commands = [gcCommand, garbageCollectCommand, scrubCommand] as const
  const code = await run([...words, ...place], commands, (text) => (printed += text))
  return { code, printed }
}

describe('wasmoor gc', () => {
  it('deletes unreferenced content, which --dry-run only lists', async (test) => {
    const server = await startTestServer({ 'gc.grace': '0s' }, test)
    await pushImage(server, 'a', 'v1')
    const unused = await pushBlob(server, 'a', Buffer.alloc(20_000))
    const dry = await command(server, 'gc', '--dry-run')
    assert.match(dry.printed, /^would delete at least 1 blobs \(19\.5 KiB\), 1 links, 0 untagged/)
    assert.equal((await server.get(`/v2/a/blobs/${unused}`)).status, 200)
    const done = await command(server, 'gc')
    assert.deepEqual(done, {
      code: 0,
      printed: 'deleted 1 blobs (19.5 KiB), 1 links, 0 untagged manifests\n',
    })
    assert.equal((await server.get(`/v2/a/blobs/${unused}`)).status, 404)
    assert.equal((await server.get('/v2/a/manifests/v1')).status, 200)
  })

  it('explains why nothing is old enough to be deleted', async (test) => {
    const server = await startTestServer({}, test)
    await pushBlob(server, 'a', 'unused')
    const { code, printed } = await command(server, 'gc')
    assert.equal(code, 0)
    assert.match(printed, /nothing is old enough yet: .*gc\.grace/)
  })

  it('runs as garbage-collect, with the flags of distribution', async (test) => {
    const server = await startTestServer({ 'gc.grace': '0s' }, test)
    await pushBlob(server, 'a', 'unused')
    const quiet = await command(server, 'garbage-collect', '-d', '-q')
    assert.deepEqual(quiet, { code: 0, printed: '' })
    await assert.rejects(command(server, 'garbage-collect', '--delete-untagged'), (error) => {
      assert.match((error as Error).message, /gc\.untaggedRepositories/)
      return error instanceof UsageError
    })
    assert.match((await command(server, 'garbage-collect')).printed, /^deleted 1 blobs/)
  })
})

describe('wasmoor scrub', () => {
  it('verifies all blobs and manifests of the server', async (test) => {
    const server = await startTestServer({ 'scrub.rate': '0' }, test)
    await pushImage(server, 'a', 'v1')
    const { code, printed } = await command(server, 'scrub')
    assert.equal(code, 0)
    assert.match(
      printed,
      /^verified 2 blobs and 1 manifests \(.*\): 0 damaged, 0 unreadable, 0 orphaned files/,
    )
  })
})
