import assert from 'node:assert/strict'
import { readdir, readFile, unlink } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { backupCommand } from '../../src/cli/backup.ts'
import { formatBytes } from '../../src/cli/format-bytes.ts'
import { UsageError } from '../../src/cli/command.ts'
import { run } from '../../src/cli/run.ts'
import { adminOf } from '../support/closed-server.ts'
import { digest, image, IMAGE } from '../support/manifest-texts.ts'
import { pushBlob, pushImage } from '../support/pushes.ts'
import type { Answer } from '../support/requests.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { storeFaults } from '../support/store-faults.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** Bytes: too many for a blob inside the index. */
const LARGE = 40_000

describe('wasmoor backup', () => {
  it('copies a registry under load, with everything acknowledged before', async (test) => {
    const server = await startTestServer({ durability: 'full', 'gc.grace': '0s' }, test)
    const to = join(await temporaryDirectory(test), 'backup')
    const load = new Load(server, await adminOf(server))
    await load.past(30)
    const acknowledged = new Map(load.tags)
    const { code, printed } = await backup(server, to)
    await load.past(30)
    await load.stop()
    test.diagnostic([...new Set(load.collections)].join(', '))
    assert.equal(code, 0, printed)
    assert.match(printed, /^saved \d+ index rows and \d+ blobs \(.* MiB, linked\) in \/.*backup\n$/)
    assert.deepEqual(await storeFaults(to), [])
    const copy = await startTestServer({ durability: 'full', data: to }, test)
    const tags = (await copy.get('/v2/load/tags/list?n=100000')).json<{ tags: string[] }>().tags
    for (const tag of acknowledged.keys()) assert.ok(tags.includes(tag), `${tag} is missing`)
    for (const tag of tags) await isWhole(copy, tag, load.tags.get(tag))
    await pushImage(copy, 'load', 'new')
  })

  it('resolves DIR against the current directory, and prints why the server rejects it', async (test) => {
    const server = await startTestServer({}, test)
    const to = join(await temporaryDirectory(test), 'backup')
    assert.equal((await backup(server, relative(process.cwd(), to))).code, 0)
    assert.ok((await readdir(to)).includes('admin.key'))
    await assert.rejects(backup(server, to), /cannot back up to .*: it is not empty/)
    await assert.rejects(
      run(['backup'], [backupCommand], () => undefined),
      UsageError,
    )
  })

  it('exits with 1 if the registry itself has lost a blob', async (test) => {
    const server = await startTestServer({}, test)
    const lost = await pushBlob(server, 'a', Buffer.alloc(LARGE))
    const directory = join(server.data, 'blobs/sha256', lost.slice(7, 9))
    for (const name of await readdir(directory)) await unlink(join(directory, name))
    const { code, printed } = await backup(server, join(await temporaryDirectory(test), 'backup'))
    assert.equal(code, 1)
    assert.match(printed, /\nleft out 1 blobs that are damaged in the registry/)
  })

  it('prints why the backup failed', async (test) => {
    const server = await startTestServer({}, test)
    await unlink(join(server.data, 'signing-key.json'))
    const to = join(await temporaryDirectory(test), 'backup')
    await assert.rejects(
      backup(server, to),
      /^Error: the backup has failed: ENOENT.*signing-key\.json/,
    )
  })

  it('rejects a backup request that is not the expected JSON', async (test) => {
    const server = await startTestServer({}, test)
    const key = (await readFile(join(server.data, 'admin.key'), 'utf8')).trim()
    const headers = { Authorization: `Basic ${Buffer.from(`x:${key}`).toString('base64')}` }
    for (const body of ['', 'no', '{}', '{"directory":7}', '{"directory":"/x","more":1}']) {
      const answer = await server.post('/v2/_wasmoor/backup', { headers, body })
      assert.equal(answer.status, 400, body)
      assert.match(answer.text, /send JSON such as/)
    }
    assert.deepEqual((await server.get('/v2/_wasmoor/backup', headers)).json(), { state: 'none' })
  })
})

describe('formatBytes', () => {
  for (const [bytes, text] of [
    [0, '0 bytes'],
    [1023, '1023 bytes'],
    [1024, '1.0 KiB'],
    [1024 ** 2 * 17.25, '17.3 MiB'],
    [5 * 1024 ** 5, '5120.0 TiB'],
  ] as const)
    it(`formats ${bytes} bytes as ${text}`, () => assert.equal(formatBytes(bytes), text))
})

async function backup(server: TestServer, to: string): Promise<{ code: number; printed: string }> {
  let printed = ''
  const words = ['backup', to, '--port', String(server.port), '--data', server.data]
  const code = await run(words, [backupCommand], (text) => (printed += text))
  return { code, printed }
}

/**
 * Four clients that push and delete images, and a fifth that runs one collection after the other.
 */
class Load {
  /** Digests by tag: acknowledged, and not deleted. */
  readonly tags = new Map<string, string>()
  /** The end state of each collection, or the reason that it did nothing. */
  readonly collections: string[] = []
  readonly #server: TestServer
  readonly #random = new SeededRandom(7)
  readonly #clients: Promise<void>[]
  #pushed = 0
  #stopping = false

  constructor(server: TestServer, admin: string) {
    this.#server = server
    this.#clients = [0, 1, 2, 3].map((client) => this.#push(client))
    this.#clients.push(this.#collect(admin))
  }

  /** Resolves after this many more acknowledged pushes. */
  async past(pushes: number): Promise<void> {
    const goal = this.#pushed + pushes
    while (this.#pushed < goal) await Promise.race([new Promise(setImmediate), ...this.#clients])
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all(this.#clients)
  }

  async #collect(Authorization: string): Promise<void> {
    const headers = { Authorization }
    while (!this.#stopping) {
      const answer = await this.#server.post('/v2/_wasmoor/gc', { headers, body: '{}' })
      assert.equal(answer.status, 202, answer.text)
      await sleep(20)
      const { text } = await this.#server.get('/v2/_wasmoor/gc', headers)
      const { state, reason } = JSON.parse(text) as { state: string; reason?: string }
      this.collections.push(reason ?? state)
    }
  }

  async #push(client: number): Promise<void> {
    for (let step = 0; !this.#stopping; step++) {
      const layer = this.#random.bytes(LARGE)
      const mediaType = 'application/octet-stream'
      const layers = [{ mediaType, digest: digest(layer), size: layer.byteLength }]
      const tag = `${client}-${step}`
      const manifest = image({ layers })
      let answer: Answer
      do {
        await pushBlob(this.#server, 'load', '{}')
        await pushBlob(this.#server, 'load', layer)
        const headers = { 'Content-Type': IMAGE }
        answer = await this.#server.put(`/v2/load/manifests/${tag}`, { body: manifest, headers })
        // Without any grace a blob can be collected before its manifest is pushed.
      } while (answer.status === 400 && answer.text.includes('MANIFEST_BLOB_UNKNOWN'))
      assert.equal(answer.status, 201, answer.text)
      if (step % 5 === 4) await this.#server.delete(`/v2/load/manifests/${digest(manifest)}`)
      else this.tags.set(tag, digest(manifest))
      this.#pushed++
    }
  }
}

async function isWhole(server: TestServer, tag: string, expected?: string): Promise<void> {
  const { text } = await server.get(`/v2/load/manifests/${tag}`)
  if (expected !== undefined) assert.equal(digest(text), expected)
  for (const layer of (JSON.parse(text) as { layers: { digest: string }[] }).layers) {
    const { body } = await server.get(`/v2/load/blobs/${layer.digest}`)
    assert.equal(digest(body), layer.digest)
  }
}
