import assert from 'node:assert/strict'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { BACKUP_UNFINISHED } from '../../storage/keys.ts'
import { openStorage } from '../../storage/storage.ts'
import { compileProgram } from '../support/compiled-program.ts'
import { KeptLog } from '../support/kept-log.ts'
import { pushBlob } from '../support/pushes.ts'
import { Requests } from '../support/requests.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import { kill, startServer } from '../support/server-child.ts'
import { storeFaults } from '../support/store-faults.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const ROUNDS = process.env['WASMOOR_CRASH_ROUNDS'] === undefined ? 5 : 30
const BLOBS = 150
/** Longest time of such a backup, in milliseconds. */
const LONGEST = 400

describe('SIGKILL during a backup', () => {
  let directory: string
  let program: string
  before(async () => {
    ;({ directory, program } = await compileProgram())
  })
  after(() => rm(directory, { recursive: true, force: true }))

  it('leaves an unfinished backup that is refused or a complete one, and the registry intact, after SIGKILL', async (test) => {
    const data = await temporaryDirectory(test)
    const elsewhere = await temporaryDirectory(test)
    const random = new SeededRandom(8)
    const endings = { none: 0, unfinished: 0, whole: 0 }
    for (let round = 0; round < ROUNDS; round++) {
      const { child, address } = await startServer(program, data)
      const requests = new Requests(address)
      if (round === 0)
        for (let blob = 0; blob < BLOBS; blob++) await pushBlob(requests, 'a', random.bytes(17_000))
      const to = join(elsewhere, String(round))
      const key = (await readFile(join(data, 'admin.key'), 'utf8')).trim()
      const headers = { Authorization: `Basic ${Buffer.from(`x:${key}`).toString('base64')}` }
      const body = JSON.stringify({ directory: to })
      const asked = requests.post('/v2/_wasmoor/backup', { headers, body }).catch(() => undefined)
      await sleep(random.below(LONGEST))
      await kill(child)
      await asked
      requests.close()
      const ending = await endingOf(to)
      endings[ending]++
      if (ending === 'unfinished') {
        const options = { data: to, durability: 'full', acceptGap: false } as const
        const opened = openStorage({ ...options, log: new KeptLog() })
        await assert.rejects(opened, /is an unfinished backup/)
      } else if (ending === 'whole') assert.deepEqual(await storeFaults(to), [])
      assert.deepEqual(await storeFaults(data), [])
    }
    test.diagnostic(JSON.stringify(endings))
  })
})

async function endingOf(path: string): Promise<'none' | 'unfinished' | 'whole'> {
  const names = await readdir(path).catch((): string[] => [])
  if (names.includes(BACKUP_UNFINISHED)) return 'unfinished'
  return names.length === 0 ? 'none' : 'whole'
}
