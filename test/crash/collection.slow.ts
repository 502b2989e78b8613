import assert from 'node:assert/strict'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { LevelKeyValue } from '../../storage/level/level-key-value.ts'
import { lookAt, type Race, RaceClient } from '../soak/race-client.ts'
import { contentOf } from '../support/artifact.ts'
import { basic } from '../support/closed-server.ts'
import { compileProgram } from '../support/compiled-program.ts'
import { HttpAccess } from '../support/http-access.ts'
import { KeptLog } from '../support/kept-log.ts'
import { Requests } from '../support/requests.ts'
import { allRows } from '../support/row-consistency.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import { kill, type ServerChild, startServer } from '../support/server-child.ts'
import { storeFaults } from '../support/store-faults.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/*
 * Kills a server at random instants while clients push, move tags and delete, collection runs
 * without grace, and scrub reads all content. Acknowledged content is complete after each start.
 */

const THOROUGH = process.env['WASMOOR_CRASH_ROUNDS'] !== undefined
const ROUNDS = THOROUGH ? 60 : 3
const SEED = 3
const CLIENTS = ['ann', 'ben', 'cat', 'dan']
const SIZES = [50, 3_000, 17_000, 60_000]
const FLAGS = [
  ['--gc-grace', '0s'],
  ['--gc-interval', '1s'],
  ['--gc-rate', '0'],
  ['--gc-untagged-repositories', "['**']"],
  ['--gc-untagged-after', '0s'],
  ['--scrub-rate', '0'],
].flat()

/** Starts one operation after the other. */
class Operator {
  readonly #requests: Requests
  readonly #headers: Readonly<Record<string, string>>

  private constructor(requests: Requests, key: string) {
    this.#requests = requests
    this.#headers = { Authorization: basic('admin', key.trim()) }
  }

  static async of({ address }: ServerChild, data: string): Promise<Operator> {
    return new Operator(new Requests(address), await readFile(join(data, 'admin.key'), 'utf8'))
  }

  /** Starts an operation and waits until it ends. */
  async run(work: 'gc' | 'scrub'): Promise<Record<string, number | string>> {
    const path = `/v2/_wasmoor/${work}`
    const begun = await this.#requests.post(path, { headers: this.#headers })
    assert.equal(begun.status, 202, begun.text)
    for (;;) {
      const status = (await this.#requests.get(path, this.#headers)).json<
        Record<string, number | string>
      >()
      if (status['state'] !== 'running') return status
      await sleep(5)
    }
  }

  close(): void {
    this.#requests.close()
  }
}

describe('SIGKILL during collection and scrub', () => {
  let directory: string
  let program: string
  before(async () => {
    ;({ directory, program } = await compileProgram())
  })
  after(() => rm(directory, { recursive: true, force: true }))

  it('keeps acknowledged content, and finally deletes everything else, after SIGKILL during collection', async (test) => {
    const data = await temporaryDirectory(test)
    const random = new SeededRandom(SEED)
    const pool = SIZES.map((size) => contentOf(random.bytes(size)))
    const race: Omit<Race, 'access'> = {
      grace: 0,
      random,
      repositories: ['a', 'b/c'],
      pool,
      contents: new Map(pool.map((content) => [content.digest, content])),
      tags: new Map(),
      unlinked: new Map(),
      requests: { pushes: 0, refusedPushes: 0, reads: 0, deletions: 0 },
    }
    const shared = race as Race
    const clients = CLIENTS.map((name) => new RaceClient(shared, name))
    let scrubs = 0
    for (let round = 0; round < ROUNDS; round++) {
      const server = await startServer(program, data, ...FLAGS)
      const access = new HttpAccess(server.address)
      const operator = await Operator.of(server, data)
      shared.access = access
      try {
        await settleUnsure(shared)
        for (const key of shared.tags.keys()) await lookAt(shared, key)
        const state = { killed: false }
        let steps = random.between(20, 120)
        let done: () => void = () => undefined
        const loaded = new Promise<void>((resolve) => (done = resolve))
        const until = async (work: () => Promise<unknown>) => {
          try {
            while (!state.killed) await work()
          } catch (error) {
            if (!state.killed) throw error
          }
        }
        const working = [
          ...clients.map((client) =>
            until(async () => {
              await client.step()
              if (--steps === 0) done()
            }),
          ),
          until(() => operator.run('gc')),
          until(async () => {
            const { damaged } = await operator.run('scrub')
            assert.equal(damaged, 0, 'scrub reported good content as damaged')
            scrubs++
          }),
        ]
        await Promise.race([loaded, ...working])
        await sleep(random.below(15))
        state.killed = true
        await kill(server.child)
        await Promise.all(working)
      } finally {
        await kill(server.child)
        access.close()
        operator.close()
      }
      assert.deepEqual(await storeFaults(data), [])
    }
    const server = await startServer(program, data, ...FLAGS)
    const access = new HttpAccess(server.address)
    const operator = await Operator.of(server, data)
    shared.access = access
    try {
      await settleUnsure(shared)
      for (const client of clients) await client.end()
      for (let quiet = 0; quiet < 3;) {
        const { manifests, links, blobs } = await operator.run('gc')
        quiet = [manifests, links, blobs].every((count) => count === 0) ? quiet + 1 : 0
        await sleep(5)
      }
    } finally {
      await kill(server.child)
      access.close()
      operator.close()
    }
    assert.deepEqual(await leftOver(data), [])
    test.diagnostic(`${JSON.stringify(shared.requests)}, ${scrubs} scrubs, ${ROUNDS} kills`)
  })
})

/** A request that was running when the server was killed took effect or not. */
async function settleUnsure({ tags, access }: Race): Promise<void> {
  for (const [key, { digest, version, unsure }] of tags) {
    if (unsure === undefined) continue
    const [repository = '', tag = ''] = key.split(' ')
    const found = (await access.readManifest(repository, tag))?.digest
    const possible: (string | undefined)[] = [digest, unsure.digest]
    assert.ok(possible.includes(found), `${key} is ${found}, not one of ${possible.join(', ')}`)
    tags.set(key, { digest: found, version: version + 1, busy: false })
  }
}

/** Rows about content, apart from orphans, which stay until no upload can resume from them. */
async function leftOver(data: string): Promise<string[]> {
  const options = { numbered: true, acceptGap: false, log: new KeptLog() }
  const store = await LevelKeyValue.open(data, options)
  const rows = await allRows(store)
  await store.close()
  const fine = /^(?:format|sequence|stored|progress|candidate!key|upload|facts)/
  return rows.map(([key]) => key).filter((key) => !fine.test(key))
}
