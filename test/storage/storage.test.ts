import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmod, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { openStorage, type Storage } from '../../storage/storage.ts'
import { contentOf } from '../support/artifact.ts'
import { KeptLog } from '../support/kept-log.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const LARGE = contentOf(Buffer.alloc(100_000, 'l'))
const SMALL = contentOf('small')

function open(data: string, durability: 'full' | 'none' = 'full'): Promise<Storage> {
  return openStorage({ data, durability, acceptGap: false, log: new KeptLog() })
}

async function keep({ blobs, index }: Storage, { bytes, digest }: typeof SMALL): Promise<void> {
  const writer = blobs.start()
  await writer.append(bytes)
  const saved = await writer.commit(digest)
  await index.blobs.link({ repository: 'a', digest, saved, time: 1 })
}

async function isKept(
  { blobs, index }: Storage,
  { bytes, digest }: typeof SMALL,
): Promise<boolean> {
  const found = await index.blobs.get('a', digest)
  const pieces: Uint8Array[] = []
  for await (const piece of (found && (await blobs.open(found.key))) ?? [])
    pieces.push(Buffer.from(piece))
  return Buffer.compare(Buffer.concat(pieces), bytes) === 0
}

/** A path whose parent does not exist either. */
async function nowhere(test: TestContext): Promise<string> {
  return join(await temporaryDirectory(test), 'above/data')
}

describe('a data directory', () => {
  for (const durability of ['full', 'none'] as const) {
    it(`creates a data directory, and opens it again with its content (durability: ${durability})`, async (test) => {
      const data = await nowhere(test)
      const first = await open(data, durability)
      for (const blob of [SMALL, LARGE]) await keep(first, blob)
      await first.close()
      assert.deepEqual((await readdir(data)).toSorted(), ['blobs', 'index', 'uploads'])
      for (const algorithm of ['sha256', 'sha512'])
        assert.equal((await readdir(join(data, 'blobs', algorithm))).length, 256)
      const second = await open(data, durability)
      for (const blob of [SMALL, LARGE]) assert.equal(await isKept(second, blob), true)
      await second.close()
    })
  }

  it('opens a data directory with another durability', async (test) => {
    const data = await nowhere(test)
    const [small, large] = [[SMALL, 'none'] as const, [LARGE, 'full'] as const]
    for (const [blob, durability] of [small, large, small, large]) {
      const storage = await open(data, durability)
      await keep(storage, blob)
      assert.equal(await isKept(storage, blob), true)
      assert.deepEqual(storage.index.health, { writable: true })
      await storage.close()
    }
  })

  it('refuses a data directory without write access, and names the user of the process', async (test) => {
    const data = await temporaryDirectory(test)
    await chmod(data, 0o555)
    const program = `const { openStorage } = await import('./storage/storage.ts')
      await openStorage({ data: '${data}', durability: 'none', acceptGap: false })`
    const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
    const words = ['--input-type=module', '--eval', program]
    const { status, stderr } = spawnSync(process.execPath, words, { ...nobody, encoding: 'utf8' })
    assert.equal(status, 1)
    assert.match(stderr, /data directory .* runs as user \d+: give it to that user.*EACCES/)
  })

  it('refuses a data directory whose path is a file or below one', async (test) => {
    const path = join(await temporaryDirectory(test), 'file')
    await writeFile(path, '')
    await assert.rejects(open(join(path, 'data')), /ENOTDIR/)
    await assert.rejects(open(path), /EEXIST/)
  })
})
