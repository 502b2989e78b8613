import assert from 'node:assert/strict'
import {
  access,
  cp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { Level } from 'level'
import { RegistryError } from '../../../src/oci/errors.ts'
import { LevelKeyValue } from '../../../storage/level/level-key-value.ts'
import { INDEX_DAMAGED, under } from '../../../storage/keys.ts'
import { openStorage } from '../../../storage/storage.ts'
import { KeptLog } from '../../support/kept-log.ts'
import { SeededRandom } from '../../support/seeded-random.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

/*
 * Damaged index files lead to a clear refusal or to a read-only registry with the reason, never to
 * an empty registry. With storage.acceptGap the rest is saved.
 */

const EVERYTHING = Number.POSITIVE_INFINITY
const KEYS = 20_000
const READ_ONLY = /the index is damaged \((?:Corruption|IO error): .*: the registry is read-only/
const WAY_OUT = /restore a backup, or start once with storage\.acceptGap .*docs\/recovery\.md/

let cleanups: (() => Promise<void>)[] = []
/** A data directory with tables of some MiB and a log, to be copied. */
let whole: string

before(async () => {
  whole = await temporaryDirectory({ after: (work) => void cleanups.push(work) })
  const random = new SeededRandom(3)
  for (let part = 0; part < 2; part++) {
    const store = await openLevel(whole)
    for (let batch = 0; batch < KEYS / 400; batch++) {
      const rows = Array.from({ length: 200 }, (_, number): [string, Uint8Array] => {
        const key = String(part * 10_000 + batch * 200 + number).padStart(6, '0')
        return [`k!${key}`, random.bytes(400)]
      })
      await store.write(new Map(rows), true)
    }
    await store.close()
  }
  await settle(join(whole, 'index'))
})
after(async () => {
  for (const work of cleanups) await work()
  cleanups = []
})

interface Damage {
  readonly what: string
  /** Damages the files in the directory of the index. */
  readonly do: (index: string) => Promise<unknown>
  /** The smallest share of the keys that must be there after a repair. */
  readonly saved: number
}

/** Damage with which Level does not open. */
const refused: readonly Damage[] = [
  { what: 'a MANIFEST of which the end is missing', do: cut('MANIFEST', 0.5), saved: 1 },
  { what: 'an empty MANIFEST', do: cut('MANIFEST', 0), saved: 1 },
  { what: 'a flipped byte in the MANIFEST', do: flip('MANIFEST', [0.1]), saved: 1 },
  { what: 'no MANIFEST', do: remove('MANIFEST'), saved: 1 },
  { what: 'no CURRENT', do: remove('CURRENT'), saved: 1 },
  { what: 'nonsense in CURRENT', do: write('CURRENT', 'nonsense'), saved: 1 },
  { what: 'a table that is missing', do: remove('.ldb'), saved: 0.3 },
]

describe('an index that Level cannot open', () => {
  for (const damage of refused)
    it(`refuses a damaged index with advice, and repairs it if acceptGap is set: ${damage.what}`, async (test) => {
      const data = await damagedCopy(test, damage)
      const tables = await names(data, '.ldb')
      await assert.rejects(openLevel(data), (error: Error) => {
        assert.match(error.message, WAY_OUT)
        assert.ok(error.message.includes(data), error.message)
        return true
      })
      const left = new Set(await names(data, '.ldb'))
      assert.deepEqual(
        tables.filter((name) => !left.has(name)),
        [],
        'nothing is removed',
      )
      const log = new KeptLog()
      const repaired = await openLevel(data, true, log)
      assert.equal(repaired.failure, undefined)
      const found = await repaired.entries(under('k'), EVERYTHING)
      assert.ok(found.length >= KEYS * damage.saved, `${found.length} are there`)
      assert.ok(log.lines.some(({ message }) => message.startsWith('the index was repaired')))
      await repaired.write(new Map([['new', Buffer.from('value')]]), true)
      await repaired.close()
      const again = await openLevel(data)
      assert.equal(again.failure, undefined, 'accepting it once is enough')
      assert.equal(again.get('new')?.toString(), 'value')
      await again.close()
    })
})

const everywhere = Array.from({ length: 60 }, (_, place) => (place + 0.5) / 61)

/** Damage that Level finds only when it reads the table. */
const hidden: readonly Damage[] = [
  { what: 'a table of which the end is missing', do: cut('.ldb', 0.5), saved: 0.3 },
  { what: 'an empty table', do: cut('.ldb', 0), saved: 0.3 },
  { what: 'a flipped byte at the end of a table', do: flip('.ldb', [0.9999999]), saved: 0.3 },
  // Level drops the damage that it sees, which is not all of this.
  { what: 'flipped bytes all over a table', do: flip('.ldb', everywhere), saved: 0 },
]

describe('a table that turns out to be damaged when it is read', () => {
  for (const damage of hidden)
    it(`makes an index with a damaged table read-only until it is repaired: ${damage.what}`, async (test) => {
      const data = await damagedCopy(test, damage)
      const log = new KeptLog()
      const store = await openLevel(data, false, log)
      assert.equal(reasonOf(store), '')
      await assert.rejects(store.entries(under('k'), EVERYTHING), { status: 503 })
      assert.match(reasonOf(store), READ_ONLY)
      assert.match(reasonOf(store), WAY_OUT)
      await assert.rejects(store.write(new Map([['new', Buffer.from('x')]]), true), /read-only/)
      await assert.rejects(store.recover(), /read-only/)
      assert.equal(log.lines.filter(({ level }) => level === 'error').length, 1)
      await until(async () => assert.ok((await readFile(join(data, INDEX_DAMAGED))).length > 9))
      await store.close()
      const again = await openLevel(data)
      assert.match(reasonOf(again), READ_ONLY)
      await again.close()
      const repaired = await openLevel(data, true)
      assert.equal(reasonOf(repaired), '')
      if (damage.saved > 0) {
        const found = await repaired.entries(under('k'), EVERYTHING)
        assert.ok(found.length >= KEYS * damage.saved, `${found.length} are there`)
      }
      await repaired.close()
      await assert.rejects(access(join(data, INDEX_DAMAGED)))
    })

  it('records damage that a write finds', async (test) => {
    const data = await damagedCopy(test)
    const store = await openLevel(data)
    const corrupt = Object.assign(new Error('Corruption: block checksum mismatch'), {
      code: 'LEVEL_CORRUPTION',
    })
    const batch = () => ({
      put: () => undefined,
      del: () => undefined,
      write: () => Promise.reject(corrupt),
    })
    test.mock.method(Level.prototype, 'batch', batch as never, { times: 1 })
    await assert.rejects(store.write(new Map([['new', Buffer.from('x')]]), true), { status: 503 })
    await assert.rejects(store.recover(), READ_ONLY)
    await until(() => access(join(data, INDEX_DAMAGED)))
    await store.close()
  })
})

describe('a data directory without an index', () => {
  it('creates an index only in a data directory without content', async (test) => {
    const data = await temporaryDirectory(test)
    const options = { data, durability: 'full', acceptGap: false, log: new KeptLog() } as const
    await (await openStorage(options)).close()
    await rm(join(data, 'index'), { recursive: true })
    await (await openStorage(options)).close()
    await rm(join(data, 'index'), { recursive: true })
    const blob = join(data, 'blobs/sha256/ab', `${'ab'.repeat(32)}.1`)
    await writeFile(blob, 'bytes')
    await assert.rejects(openStorage(options), (error: Error) => {
      assert.match(error.message, /holds the content of a registry, but its index is gone/)
      assert.match(error.message, WAY_OUT)
      return true
    })
    assert.equal(await readFile(blob, 'utf8'), 'bytes')
  })
})

describe('a record that cannot be read', () => {
  it('reports an unreadable record as a failure of the store', async (test) => {
    const data = await temporaryDirectory(test)
    const options = { data, durability: 'full', acceptGap: false, log: new KeptLog() } as const
    await (await openStorage(options)).close()
    const store = await openLevel(data)
    await store.write(new Map([['tag!a!v1', Buffer.from('{"digest":"sha')]]), true)
    await store.close()
    const storage = await openStorage(options)
    await assert.rejects(storage.index.manifests.get('a', 'v1'), (error: unknown) => {
      assert.ok(error instanceof RegistryError && error.status === 503, String(error))
      assert.match(error.message, /a record of the index is damaged/)
      return true
    })
    await storage.close()
  })
})

const reasonOf = (store: LevelKeyValue) => store.failure?.message ?? ''

function openLevel(data: string, acceptGap = false, log = new KeptLog()): Promise<LevelKeyValue> {
  return LevelKeyValue.open(data, { numbered: true, acceptGap, log })
}

/** Compacts the tables, so that Level does not delete old ones when it is opened. */
async function settle(index: string): Promise<void> {
  const database = new Level(index) as unknown as Compactable
  await database.open()
  await database.compactRange('!', '~')
  await database.close()
}

/** Methods of LevelDB that the types of `level` lack. */
interface Compactable {
  open(): Promise<void>
  compactRange(start: string, end: string): Promise<void>
  close(): Promise<void>
}

async function damagedCopy(test: TestContext, damage?: Damage): Promise<string> {
  const data = await temporaryDirectory(test)
  await cp(whole, data, { recursive: true })
  await damage?.do(join(data, 'index'))
  return data
}

async function names(data: string, part: string): Promise<string[]> {
  return (await readdir(join(data, 'index'))).filter((name) => name.includes(part)).toSorted()
}

/** The largest file of the index whose name has this part. */
async function file(index: string, part: string): Promise<{ path: string; size: number }> {
  const found = (await readdir(index)).filter((name) => name.includes(part))
  const files = await Promise.all(
    found.map(async (name) => ({
      path: join(index, name),
      size: (await stat(join(index, name))).size,
    })),
  )
  return files.toSorted((a, b) => b.size - a.size)[0]!
}

function cut(part: string, share: number): Damage['do'] {
  return async (index) => {
    const { path, size } = await file(index, part)
    await truncate(path, Math.floor(size * share))
  }
}

/** Flips a byte at each of these places, 0 being the first byte and 1 the end. */
function flip(part: string, places: readonly number[]): Damage['do'] {
  return async (index) => {
    const { path, size } = await file(index, part)
    const handle = await open(path, 'r+')
    for (const place of places) {
      const byte = Buffer.alloc(1)
      const position = Math.floor(size * place)
      await handle.read(byte, 0, 1, position)
      byte[0]! ^= 0x55
      await handle.write(byte, 0, 1, position)
    }
    await handle.close()
  }
}

function remove(part: string): Damage['do'] {
  return async (index) => rm((await file(index, part)).path)
}

function write(part: string, text: string): Damage['do'] {
  return async (index) => writeFile((await file(index, part)).path, text)
}

async function until(works: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await works()
      return
    } catch {
      await new Promise(setImmediate)
    }
  }
}
