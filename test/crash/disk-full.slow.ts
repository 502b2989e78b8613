import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { contentOf, image } from '../support/artifact.ts'
import { audit } from '../support/audit.ts'
import { compileProgram } from '../support/compiled-program.ts'
import { HttpAccess, UnexpectedAnswer } from '../support/http-access.ts'
import { type Fact, fact, Ledger } from '../support/ledger.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import { kill, spawnServer, startServer } from '../support/server-child.ts'
import { SmallDisk } from '../support/small-disk.ts'
import { storeFaults } from '../support/store-faults.ts'

/*
 * A disk that runs full under a real server: pushes are refused (507 or 503), acknowledged content
 * stays readable, and when there is space again the same process continues. LevelDB is the
 * dangerous
 * part: after a failed append to its log it acknowledges writes that the next open drops. So the
 * rounds leave different amounts of space, which hit its log, its tables and its reopening.
 */

const MEBIBYTE = 1024 * 1024
const THOROUGH = process.env['WASMOOR_CRASH_ROUNDS'] !== undefined
/** MiB of space that are left, for one round each. */
const RESTS = THOROUGH ? [3, 6, 0, 0.04, 1, 5, 0.1, 4, 0, 2, 0.01, 3.5] : [3, 6]
/** MiB; the pushes of a round need about ten. */
const DISK_SIZE = 40 + 16 * RESTS.length
/** MiB that a server needs to accept writes again. */
const PATIENCE = 30_000

const disk = await SmallDisk.mount(DISK_SIZE)
const reason = disk ? false : 'this user may not mount'

describe('a full disk', { skip: reason }, () => {
  let directory: string
  let program: string
  before(async () => {
    ;({ directory, program } = await compileProgram())
  })
  after(async () => {
    await rm(directory, { recursive: true, force: true })
    await disk?.unmount()
  })

  it('refuses pushes on a full disk, loses nothing, and accepts pushes again when there is space', async (test) => {
    assert.ok(disk)
    const data = join(disk.path, 'data')
    const ledger = new Ledger()
    let server = await startServer(program, data)
    try {
      const access = new HttpAccess(server.address)
      const load = new Load(access, ledger)
      await load.push(20)
      for (const rest of RESTS) {
        await disk.fill(rest * MEBIBYTE)
        await load.pushUntilRefused()
        // Not enough to reopen the index: it must stay open, so that reads work.
        await disk.giveBack(MEBIBYTE)
        for (const late = Date.now() + 1_500; Date.now() < late;) {
          await load.push(1, 'small')
          await intact(access, ledger)
        }
        await load.push(4)
        await disk.empty()
        await load.pushUntilTaken()
        await load.push(10)
        await intact(access, ledger)
      }
      await disk.fill(0)
      await load.pushUntilRefused()
      access.close()
      await kill(server.child)
      const { stdout } = await server.child.ended
      assert.match(stdout, /the index could not be written/, 'index writes failed too')
      assert.match(stdout, /the index has been reopened/)
      await startInVain(program, data)
      await disk.empty()
      assert.deepEqual(await storeFaults(data), [])
      server = await startServer(program, data)
      const again = new HttpAccess(server.address)
      await intact(again, ledger)
      again.close()
      const { taken, refused } = load
      test.diagnostic(
        `${taken} pushes taken, refused: ${JSON.stringify(Object.fromEntries(refused))}`,
      )
    } finally {
      await kill(server.child)
    }
  })
})

/** A server need not start on a full disk, but then it must say why and damage nothing. */
async function startInVain(program: string, data: string): Promise<void> {
  const child = spawnServer(program, data)
  await child.logged('listening').catch(async () => {
    const { code, stderr } = await child.ended
    assert.equal(code, 1)
    assert.match(stderr, /^wasmoor: the index in .* cannot be opened: .*No space left on device/)
  })
  await kill(child)
}

async function intact(access: HttpAccess, ledger: Ledger): Promise<void> {
  const { faults } = await audit(access, ledger, 'kill')
  assert.deepEqual(faults, [])
}

/** Several clients push new content at the same time. */
class Load {
  taken = 0
  readonly refused = new Map<string, number>()
  readonly #access: HttpAccess
  readonly #ledger: Ledger
  readonly #random = new SeededRandom(5)
  #count = 0

  constructor(access: HttpAccess, ledger: Ledger) {
    this.#access = access
    this.#ledger = ledger
  }

  async push(times: number, kind?: string): Promise<void> {
    const clients = Array.from({ length: 4 }, async () => {
      for (let time = 0; time < times; time++) await this.#one(kind)
    })
    await Promise.all(clients)
  }

  /** Pushes small blobs, which the index stores, until the index cannot be written. */
  async pushUntilRefused(): Promise<void> {
    const late = Date.now() + PATIENCE
    for (let inARow = 0; inARow < 12;) {
      inARow = (await this.#one('small')) ? 0 : inARow + 1
      assert.ok(Date.now() < late, 'the disk should be full')
    }
  }

  async pushUntilTaken(): Promise<void> {
    const late = Date.now() + PATIENCE
    while (!(await this.#one('small'))) {
      assert.ok(Date.now() < late, 'the server should take pushes again')
      await sleep(100)
    }
  }

  /** Whether the push was accepted. Throws unless it was, or was refused correctly. */
  async #one(
    kind = this.#random.pick(['small', 'small', 'middle', 'large', 'image', 'pieces']),
  ): Promise<boolean> {
    const repository = `pushed/${this.#count++ % 20}`
    try {
      await this.#pushed(kind, repository)
      this.taken++
      return true
    } catch (error) {
      const name = honestRefusal(error, kind)
      this.refused.set(name, (this.refused.get(name) ?? 0) + 1)
      return false
    }
  }

  async #pushed(kind: string, repository: string): Promise<void> {
    const access = this.#access
    if (kind === 'image') return this.#pushImage(repository)
    const size = { small: 14_000, middle: 60_000, large: 700_000, pieces: 200_000 }[kind] ?? 0
    const content = contentOf(this.#random.bytes(size))
    const facts = [fact('there', 'blob', repository, content.digest)]
    if (kind !== 'pieces') {
      await access.pushBlob(repository, content)
      return this.#acknowledged(facts)
    }
    const id = await access.startUpload(repository)
    this.#ledger.contents.set(id, content)
    for (let offset = 0; offset < 150_000; offset += 50_000) {
      await access.append(repository, id, content.bytes.subarray(offset, offset + 50_000), offset)
      this.#acknowledged([fact(String(offset + 50_000), 'upload', repository, id)])
    }
    // From here on the session may be gone, unless the request succeeds.
    this.#ledger.forget(`upload ${repository} ${id}`)
    if (await access.finish(repository, id, content.digest, content.bytes.subarray(150_000)))
      this.#acknowledged(facts)
  }

  async #pushImage(repository: string): Promise<void> {
    const config = contentOf(this.#random.bytes(200))
    await this.#access.pushBlob(repository, config)
    this.#acknowledged([fact('there', 'blob', repository, config.digest)])
    const manifest = image({ config, annotations: { text: 'x'.repeat(5_000) } })
    const tag = `t${this.#count}`
    await this.#access.putManifest(repository, manifest, [tag])
    this.#acknowledged([
      fact('there', 'manifest', repository, manifest.digest),
      fact(manifest.digest, 'tag', repository, tag),
    ])
  }

  #acknowledged(facts: readonly Fact[]): void {
    this.#ledger.settle(facts)
  }
}

/**
 * 507 or 503 with the error document and Retry-After, or a connection closed during a large body.
 */
function honestRefusal(error: unknown, kind: string): string {
  if (!(error instanceof UnexpectedAnswer)) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (kind === 'large' && ['ECONNRESET', 'EPIPE'].includes(code)) return code
    throw error
  }
  const { status, headers, text } = error.answer
  assert.ok([503, 507].includes(status), error.message)
  assert.match(String(headers['retry-after']), /^\d+$/, error.message)
  const { errors } = JSON.parse(text) as { errors: { code: string; message: string }[] }
  assert.equal(errors[0]?.code, 'UNSUPPORTED')
  assert.match(errors[0].message, /nothing was stored/)
  return String(status)
}
