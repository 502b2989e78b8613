import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { Level } from 'level'
import { RegistryError } from '../../../src/oci/errors.ts'
import { type LevelOptions, LevelKeyValue } from '../../../storage/level/level-key-value.ts'
import { under } from '../../../storage/keys.ts'
import { openStorage } from '../../../storage/storage.ts'
import { wasmoor } from '../../cli/process.ts'
import { KeptLog } from '../../support/kept-log.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const VALUE = Buffer.from('value')
const SEQUENCE = under('sequence')
const EVERYTHING = Number.POSITIVE_INFINITY

describe('the index on Level', () => {
  it('has all rows when it is opened again', async (test) => {
    const data = await temporaryDirectory(test)
    await withStore(data, async (store) => {
      await store.write(changes('a', 'b'), true)
      await store.write(new Map([['a', undefined]]), true)
      await store.write(changes('c'), false)
    })
    await withStore(data, async (store) => {
      assert.deepEqual(await store.keys({ gt: 'a', lt: 'm' }, EVERYTHING), ['b', 'c'])
      assert.deepEqual(store.get('b'), VALUE)
      assert.equal(store.get('a'), undefined)
    })
  })

  it('reads ranges with any limit', async (test) => {
    await withStore(await temporaryDirectory(test), async (store) => {
      const keys = Array.from({ length: 2_500 }, (_, number) => `k!${10_000 + number}`)
      await store.write(changes(...keys, 'j!x', 'l!x'), false)
      for (const limit of [0, 1, 999, 1_000, 2_500, 2 ** 31, 2 ** 32 + 2, 2 ** 53, EVERYTHING]) {
        const expected = keys.slice(0, Math.min(limit, keys.length))
        assert.deepEqual(await store.keys(under('k'), limit), expected, `limit ${limit}`)
        const entries = await store.entries(under('k'), limit)
        assert.deepEqual(
          entries.map(([key]) => key),
          expected,
          `limit ${limit}`,
        )
      }
    })
  })

  it('keeps only the numbers of the last synced batches', async (test) => {
    await withStore(await temporaryDirectory(test), async (store) => {
      const large = Buffer.alloc(600_000)
      for (let batch = 0; batch < 60; batch++) await store.write(new Map([['k', large]]), true)
      const numbers = await store.keys(SEQUENCE, EVERYTHING)
      assert.ok(numbers.length > 5 && numbers.length < 40, `${numbers.length} numbers`)
    })
  })

  it('refuses to open the index of another process', async (test) => {
    const data = await temporaryDirectory(test)
    await withStore(data, async () => {
      const message = /another process is using the data directory .*--data/
      const second = wasmoor('serve', '--port', '0', '--data', data)
      const { code, stderr } = await second.ended
      assert.equal(code, 1)
      assert.match(stderr, message)
      // Not the other way round: LevelDB releases its lock when its own process tries to take it
      // twice.
      await assert.rejects(LevelKeyValue.open(data, options()), message)
    })
  })

  it('names the data directory of an index that cannot be opened', async (test) => {
    const data = await temporaryDirectory(test)
    await withStore(data, (store) => store.write(changes('a'), true))
    await writeFile(join(data, 'index/CURRENT'), 'nonsense')
    await assert.rejects(LevelKeyValue.open(data, options()), {
      message: new RegExp(`the index in ${data} cannot be opened`),
    })
  })

  it('fails with UNAVAILABLE after it was closed', async (test) => {
    const store = await LevelKeyValue.open(await temporaryDirectory(test), options())
    await store.close()
    const unavailable = (error: unknown) => error instanceof RegistryError && error.status === 503
    assert.throws(() => store.get('a'), unavailable)
    await assert.rejects(store.keys(under('a'), 1), unavailable)
    await assert.rejects(store.entries(under('a'), 1), unavailable)
  })
})

describe('an index that lost records', () => {
  it('makes an index with lost batches read-only and names them, unless acceptGap is set', async (test) => {
    const data = await temporaryDirectory(test)
    await write(data, 9)
    await damage(data, ['sequence!0000000000000004', 'sequence!0000000000000005'])
    const log = new KeptLog()
    await withStore(
      data,
      async (store) => {
        assert.match(store.failure?.message ?? '', /lost records \(batches 4 to 5\).*read-only/)
        assert.match(store.failure?.message ?? '', /backup.*storage\.acceptGap/)
        await assert.rejects(store.write(changes('new'), true), /read-only/)
        await assert.rejects(store.recover(), /read-only/)
        assert.deepEqual(store.get('k3'), VALUE, 'it can still be read')
        assert.equal(log.lines.filter(({ level }) => level === 'error').length, 1)
      },
      { log },
    )
    await withStore(
      data,
      async (store) => {
        assert.equal(store.failure, undefined)
        await store.write(changes('new'), true)
      },
      { acceptGap: true },
    )
    await withStore(data, async (store) => {
      assert.equal(store.failure, undefined, 'accepting it once is enough')
      assert.deepEqual(store.get('new'), VALUE)
    })
  })

  it('notices a changed byte in the log', async (test) => {
    const data = await temporaryDirectory(test)
    await write(data, 300, Buffer.alloc(1_000))
    const files = (await readdir(join(data, 'index'))).filter((name) => name.endsWith('.log'))
    const path = join(data, 'index', files[0]!)
    const bytes = await readFile(path)
    bytes[40_000]! ^= 1
    await writeFile(path, bytes)
    await withStore(data, async (store) => {
      assert.match(store.failure?.message ?? '', /lost records/)
    })
  })

  it('sees no gap at the first batch, nor at the first one after a restart', async (test) => {
    const data = await temporaryDirectory(test)
    for (let start = 0; start < 5; start++) await write(data, 3)
    await damage(data, ['sequence!0000000000000001'])
    await withStore(data, async (store) => assert.equal(store.failure, undefined))
  })

  it('looks for no gap if batches are not synced', async (test) => {
    const data = await temporaryDirectory(test)
    await withStore(
      data,
      async (store) => {
        await store.write(changes('a'), true)
        assert.deepEqual(await store.keys(SEQUENCE, EVERYTHING), [])
      },
      { numbered: false },
    )
  })
})

describe('an index whose write failed', () => {
  it('writes nothing after a failed write until it was reopened, and keeps all rows', async (test) => {
    const data = await temporaryDirectory(test)
    const log = new KeptLog()
    await withStore(
      data,
      async (store) => {
        await store.write(changes('before'), true)
        failNextWrite(test)
        await assert.rejects(store.write(changes('lost'), true), { status: 507 })
        assert.ok(store.failure)
        await assert.rejects(store.write(changes('after'), true), { status: 507 })
        assert.deepEqual(store.get('before'), VALUE, 'it can still be read')
        await store.recover()
        assert.equal(store.failure, undefined)
        await store.write(changes('after'), true)
        const found = await store.keys({ gt: 'a', lt: 'm' }, EVERYTHING)
        assert.deepEqual(found, ['after', 'before'])
        assert.deepEqual((await store.keys(SEQUENCE, EVERYTHING)).length, 2)
      },
      { log },
    )
    await withStore(data, async (store) => assert.equal(store.failure, undefined))
    assert.ok(log.lines.some(({ message }) => message.includes('has been reopened')))
  })

  it('does not close the index while there is no room to reopen it', async (test) => {
    const data = await temporaryDirectory(test)
    await withStore(data, async (store) => {
      await store.write(changes('before'), true)
      failNextWrite(test)
      await assert.rejects(store.write(changes('lost'), true))
      // A directory of that name cannot be written as a file.
      await mkdir(join(data, 'probe'))
      await assert.rejects(store.recover())
      assert.ok(store.failure)
      assert.deepEqual(store.get('before'), VALUE, 'it can still be read')
      await rm(join(data, 'probe'), { recursive: true })
      await store.recover()
      assert.equal(store.failure, undefined)
    })
  })
})

describe('the format of a store', () => {
  it('refuses a newer format, and releases the data directory', async (test) => {
    const data = await temporaryDirectory(test)
    const storage = { data, durability: 'full', acceptGap: false, log: new KeptLog() } as const
    await (await openStorage(storage)).close()
    await withStore(data, (store) =>
      store.write(new Map([['format', Buffer.from('{"version":99}')]]), true),
    )
    const refused = /written by a newer Wasmoor \(format 99.*start that release/
    await assert.rejects(openStorage(storage), refused)
    await assert.rejects(openStorage(storage), refused)
    await withStore(data, (store) =>
      store.write(new Map([['format', Buffer.from('{"version":1}')]]), true),
    )
    await (await openStorage(storage)).close()
  })
})

function options(more: Partial<LevelOptions> = {}): LevelOptions {
  return { numbered: true, acceptGap: false, log: new KeptLog(), ...more }
}

async function withStore(
  data: string,
  work: (store: LevelKeyValue) => Promise<unknown>,
  more: Partial<LevelOptions> = {},
): Promise<void> {
  const store = await LevelKeyValue.open(data, options(more))
  try {
    await work(store)
  } finally {
    await store.close()
  }
}

/** Writes so many synced batches. */
async function write(data: string, batches: number, value = VALUE): Promise<void> {
  await withStore(data, async (store) => {
    for (let batch = 1; batch <= batches; batch++)
      await store.write(new Map([[`k${batch}`, value]]), true)
  })
}

/** Deletes rows, as if the log had lost their batches. */
async function damage(data: string, keys: readonly string[]): Promise<void> {
  const database = new Level<string, Uint8Array>(join(data, 'index'), { valueEncoding: 'buffer' })
  for (const key of keys) await database.del(key)
  await database.close()
}

function changes(...keys: string[]): Map<string, Uint8Array> {
  return new Map(keys.map((key) => [key, VALUE]))
}

/** Makes the disk full for one batch. */
function failNextWrite(test: TestContext): void {
  const batch = () => ({
    put: () => undefined,
    del: () => undefined,
    write: () => Promise.reject(new Error('IO error: index.log: No space left on device')),
  })
  test.mock.method(Level.prototype, 'batch', batch as never, { times: 1 })
}
