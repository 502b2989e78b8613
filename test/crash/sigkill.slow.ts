import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { contentOf } from '../support/artifact.ts'
import { audit } from '../support/audit.ts'
import { compileProgram } from '../support/compiled-program.ts'
import { HttpAccess } from '../support/http-access.ts'
import { Ledger } from '../support/ledger.ts'
import { Pusher } from '../support/pusher.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import { kill, spawnServer, startServer } from '../support/server-child.ts'
import { storeFaults } from '../support/store-faults.ts'

/*
 * Pushers work on a real server that is killed at random instants and started again on the same
 * data. Each time its content is compared with what it acknowledged.
 */

const ROUNDS = Number(process.env['WASMOOR_CRASH_ROUNDS'] ?? 20)
/** Kills per data directory. */
const ROUNDS_ON_ONE = 10
/** Operations of all pushers in a round. */
const LONGEST_LOAD = 120
const PUSHERS = ['ann', 'ben', 'cat', 'dan']
const SIZES = [50, 3_000, 17_000, 60_000, 280_000, 700_000]
const SHARED = SIZES.map((size) => contentOf(new SeededRandom(size).bytes(size)))

describe('SIGKILL', () => {
  let directory: string
  let program: string
  before(async () => {
    ;({ directory, program } = await compileProgram())
  })
  after(() => rm(directory, { recursive: true, force: true }))

  for (let first = 0; first < ROUNDS; first += ROUNDS_ON_ONE) {
    const last = Math.min(first + ROUNDS_ON_ONE, ROUNDS)
    it(`loses nothing and leaves nothing half done after SIGKILL at any instant (rounds ${first + 1} to ${last})`, async (test) => {
      const data = await mkdtemp(join(tmpdir(), 'wasmoor-test-'))
      const random = new SeededRandom(first + 1)
      const ledger = new Ledger()
      try {
        for (let round = first; round < last; round++) await killOnce(data, random, ledger)
        assert.deepEqual(await storeFaults(data), [])
        test.diagnostic(`${last - first} kills; ${[...ledger.certain()].length} facts in the end`)
      } finally {
        await rm(data, { recursive: true, force: true })
      }
    })
  }

  async function killOnce(data: string, random: SeededRandom, ledger: Ledger): Promise<void> {
    if (random.chance(0.15)) {
      // Some kills hit the start.
      const early = spawnServer(program, data)
      await sleep(random.below(400))
      await kill(early)
    }
    const { child, address } = await startServer(program, data)
    const access = new HttpAccess(address)
    try {
      const { faults, settled } = await audit(access, ledger, 'kill')
      assert.deepEqual(faults, [])
      ledger.settle(settled)
      let killed = false
      let steps = random.between(1, LONGEST_LOAD)
      let done: () => void = () => undefined
      const loaded = new Promise<void>((resolve) => {
        done = resolve
      })
      const pushers = pushersOf(access, random, ledger).map(async (pusher) => {
        try {
          for (;;) {
            await pusher.step()
            if (--steps === 0) done()
          }
        } catch (error) {
          if (!killed) throw error
        }
      })
      await Promise.race([loaded, ...pushers])
      await sleep(random.below(12))
      killed = true
      await kill(child)
      await Promise.all(pushers)
    } finally {
      await kill(child)
      access.close()
    }
  }
})

function pushersOf(access: HttpAccess, random: SeededRandom, ledger: Ledger): Pusher[] {
  return PUSHERS.map((name) => {
    const others = PUSHERS.filter((other) => other !== name)
    return new Pusher(access, random, {
      name,
      repositories: [`${name}/one`, `${name}/two`],
      neighbours: others.map((other) => `${other}/one`),
      shared: SHARED,
      sizes: SIZES,
      ledger,
      record: (mark) => ledger.apply(mark),
    })
  })
}
