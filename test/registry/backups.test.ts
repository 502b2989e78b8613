import assert from 'node:assert/strict'
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { RegistryError } from '../../src/oci/errors.ts'
import { Backups } from '../../src/registry/backups.ts'
import { RegistryContext } from '../../src/registry/context.ts'
import { Registry } from '../../src/registry/registry.ts'
import { BACKUP_UNFINISHED, blobPath } from '../../storage/keys.ts'
import { openStorage, type Storage } from '../../storage/storage.ts'
import { contentOf, image } from '../support/artifact.ts'
import { KeptLog } from '../support/kept-log.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import { SmallDisk } from '../support/small-disk.ts'
import { storeFaults } from '../support/store-faults.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { registrySettings } from '../support/registry-settings.ts'

const random = new SeededRandom(6)
const FILES = ['signing-key.json', 'admin.key']

interface Shop {
  readonly data: string
  readonly elsewhere: string
  readonly storage: Storage
  readonly backups: Backups
  readonly log: KeptLog
  readonly registry: Registry
}

describe('a backup', () => {
  it('makes a backup that is a complete registry, with hard links to the same files', async (test) => {
    const shop = await open(test)
    const [small, large] = await pushImage(shop, 'a/b', 'v1')
    await shop.registry.uploads.start('a/b')
    const to = join(shop.elsewhere, 'backup')
    const { progress } = await make(shop.backups, to)
    assert.deepEqual(
      { ...progress, rows: 0 },
      { rows: 0, blobs: 1, bytes: large.bytes.byteLength, copied: 0, damaged: 0 },
    )
    assert.deepEqual(
      (await readdir(to)).toSorted(),
      ['blobs', 'index', 'uploads', ...FILES].toSorted(),
    )
    await shop.storage.close()
    assert.deepEqual(await storeFaults(to), [])
    const copy = await openStorage(options(to))
    const found = await copy.index.blobs.get('a/b', large.digest)
    assert.ok(found)
    assert.equal((await stat(join(to, blobPath(found.key)))).nlink, 2)
    assert.ok(await copy.index.blobs.get('a/b', small.digest))
    assert.ok(await copy.index.manifests.get('a/b', 'v1'))
    assert.deepEqual((await copy.index.uploads.list({ limit: 10 })).entries, [])
    assert.equal(copy.index.health.writable, true)
    await copy.close()
  })

  it('copies keys with their modes, to a directory for the owner alone', async (test) => {
    const shop = await open(test)
    const to = join(shop.elsewhere, 'backup')
    await make(shop.backups, to)
    for (const name of FILES) {
      assert.equal(await readFile(join(to, name), 'utf8'), `secret of ${name}`)
      assert.equal((await stat(join(to, name))).mode & 0o777, 0o600)
    }
    assert.equal((await stat(to)).mode & 0o777, 0o700)
  })

  it('backs up to an empty directory, also through a symbolic link, and repeatedly', async (test) => {
    const shop = await open(test)
    await mkdir(join(shop.elsewhere, 'one'))
    await symlink(join(shop.elsewhere, 'one'), join(shop.elsewhere, 'link'))
    assert.equal((await make(shop.backups, join(shop.elsewhere, 'link'))).state, 'finished')
    await pushImage(shop, 'c', 'v1')
    await make(shop.backups, join(shop.elsewhere, 'two'))
    await shop.storage.close()
    for (const name of ['one', 'two'])
      assert.deepEqual(await storeFaults(join(shop.elsewhere, name)), [])
  })

  it('refuses an unsuitable directory with the reason, and does not change it', async (test) => {
    const { data, elsewhere, backups } = await open(test)
    await mkdir(join(elsewhere, 'full'))
    await writeFile(join(elsewhere, 'full/file'), 'mine')
    await symlink(data, join(elsewhere, 'door'))
    const wrong: readonly [string, RegExp][] = [
      ['backup', /backup: it is not an absolute path/],
      [join(elsewhere, 'missing/backup'), /it cannot be created: ENOENT/],
      [join(elsewhere, 'full'), /it is not empty/],
      [join(elsewhere, 'full/file'), /it cannot be used: ENOTDIR/],
      [data, /inside the data directory/],
      [join(data, 'backup'), /inside the data directory/],
      [join(elsewhere, 'door/backup'), /inside the data directory/],
    ]
    for (const [place, message] of wrong)
      await assert.rejects(backups.start(place), (error: unknown) => {
        assert.ok(error instanceof RegistryError && error.status === 400, String(error))
        assert.match(error.message, message)
        return true
      })
    assert.equal(backups.status, undefined)
    assert.deepEqual(await readdir(join(elsewhere, 'full')), ['file'])
    assert.ok(!(await readdir(data)).includes('backup'))
  })

  it('runs one backup at a time, and reports its progress', async (test) => {
    const shop = await open(test)
    await pushImage(shop, 'a', 'v1')
    const { release } = hold(shop)
    const first = await shop.backups.start(join(shop.elsewhere, 'first'))
    assert.equal(first.state, 'running')
    await assert.rejects(shop.backups.start(join(shop.elsewhere, 'second')), { status: 409 })
    release()
    assert.equal((await ended(shop.backups)).state, 'finished')
    await make(shop.backups, join(shop.elsewhere, 'second'))
  })

  it('copies files that cannot be linked', async (test) => {
    const shop = await open(test)
    const [, large] = await pushImage(shop, 'a', 'v1')
    test.mock.method(shop.storage.blobs, 'link', async () => false)
    const { progress } = await make(shop.backups, join(shop.elsewhere, 'backup'))
    assert.equal(progress.copied, 1)
    assert.equal(progress.bytes, large.bytes.byteLength)
    await shop.storage.close()
    assert.deepEqual(await storeFaults(join(shop.elsewhere, 'backup')), [])
  })

  it('counts lost and damaged blobs, and backs up all others', async (test) => {
    const shop = await open(test)
    const lost = contentOf(random.bytes(40_000))
    const short = contentOf(random.bytes(40_000))
    await pushImage(shop, 'a', 'v1')
    for (const { digest, bytes } of [lost, short])
      await shop.registry.uploads.put('a', digest, bodyOf(bytes))
    const keyOf = async ({ digest }: typeof lost) =>
      (await shop.storage.index.blobs.get('a', digest))!.key
    await shop.storage.blobs.remove(await keyOf(lost))
    await writeFile(join(shop.data, blobPath(await keyOf(short))), 'short')
    const { state, progress } = await make(shop.backups, join(shop.elsewhere, 'backup'))
    assert.deepEqual([state, progress.blobs, progress.damaged], ['finished', 1, 2])
    const named = shop.log.lines.filter(({ message }) => message.startsWith('a blob is damaged'))
    assert.equal(named.length, 2)
  })
})

describe('collection during a backup', () => {
  it('is paused from before the snapshot until everything is copied', async (test) => {
    const shop = await open(test)
    const { index } = shop.storage
    await pushImage(shop, 'a', 'v1')
    const leased = async () => (await index.leases.list('removals')).length
    const atSnapshot: number[] = []
    const snapshot = index.snapshot.bind(index)
    test.mock.method(index, 'snapshot', () => {
      void leased().then((held) => atSnapshot.push(held))
      return snapshot()
    })
    const { reached, release } = hold(shop)
    await shop.backups.start(join(shop.elsewhere, 'backup'))
    await reached
    assert.equal(await leased(), 1)
    release()
    assert.equal((await ended(shop.backups)).state, 'finished')
    assert.deepEqual([atSnapshot, await leased()], [[1], 0])
    await shop.storage.close()
    const copy = await openStorage(options(join(shop.elsewhere, 'backup')))
    assert.deepEqual(await copy.index.leases.list('removals'), [])
    await copy.close()
  })

  it('fails a backup during which collection may not have been paused', async (test) => {
    const shop = await open(test)
    await pushImage(shop, 'a', 'v1')
    const { leases } = shop.storage.index
    const { reached, release } = hold(shop)
    const to = join(shop.elsewhere, 'backup')
    await shop.backups.start(to)
    await reached
    for (const { kind, id } of await leases.list('removals')) await leases.release(kind, id)
    release()
    const { state, reason } = await ended(shop.backups)
    assert.equal(state, 'failed')
    assert.match(reason ?? '', /collection was not paused all the time/)
    assert.deepEqual(await readdir(shop.elsewhere), [])
  })
})

describe('an unfinished backup', () => {
  it('refuses to start on an unfinished backup, or to continue it', async (test) => {
    const shop = await open(test)
    await pushImage(shop, 'a', 'v1')
    const to = join(shop.elsewhere, 'backup')
    const { reached, release } = hold(shop)
    await shop.backups.start(to)
    await reached
    assert.ok((await readdir(to)).includes(BACKUP_UNFINISHED))
    const refused = /backup is an unfinished backup/
    await assert.rejects(openStorage(options(to)), refused)
    await assert.rejects(
      new Backups(contextOf(shop), { data: shop.data, files: FILES }).start(to),
      /an unfinished backup: delete it/,
    )
    release()
    await ended(shop.backups)
  })

  it('leaves an unfinished backup when the server stops', async (test) => {
    const shop = await open(test)
    await pushImage(shop, 'a', 'v1')
    const to = join(shop.elsewhere, 'backup')
    const { reached, release } = hold(shop)
    await shop.backups.start(to)
    await reached
    const closed = shop.backups.close()
    release()
    await closed
    assert.match(shop.backups.status?.reason ?? '', /the server was stopped/)
    await assert.rejects(openStorage(options(to)), /an unfinished backup/)
  })

  it('deletes a backup for which the disk had no space', async (test) => {
    const disk = await SmallDisk.mount(2)
    if (!disk) return test.skip('this user may not mount')
    test.after(() => disk.unmount())
    const shop = await open(test)
    for (let pushed = 0; pushed < 3; pushed++) await pushImage(shop, 'a', 'v1', 900_000)
    const { state, reason } = await make(shop.backups, join(disk.path, 'backup'))
    assert.equal(state, 'failed')
    assert.match(reason ?? '', /ENOSPC/)
    assert.deepEqual(await readdir(disk.path), [])
    await make(shop.backups, join(shop.elsewhere, 'backup'))
    assert.equal(shop.backups.status?.state, 'finished')
  })

  it('refuses to back up an index that has lost records', async (test) => {
    const { storage, elsewhere, backups } = await open(test)
    const failure = new RegistryError('UNAVAILABLE', 'the index has lost records')
    const health = { writable: false, reason: failure.message, failure }
    test.mock.getter(storage.index, 'health', () => health)
    await assert.rejects(backups.start(join(elsewhere, 'backup')), {
      status: 503,
      message: failure.message,
    })
    assert.deepEqual(await readdir(elsewhere), [])
  })
})

async function open(test: TestContext): Promise<Shop> {
  const data = await temporaryDirectory(test)
  const elsewhere = await temporaryDirectory(test)
  const log = new KeptLog()
  const storage = await openStorage(options(data))
  test.after(() => storage.close())
  for (const name of FILES) {
    await writeFile(join(data, name), `secret of ${name}`)
    await chmod(join(data, name), 0o600)
  }
  const registry = new Registry(storage, log, registrySettings())
  const backups = new Backups(contextOf({ storage, log }), { data, files: FILES })
  return { data, elsewhere, storage, backups, log, registry }
}

const contextOf = ({ storage, log }: Pick<Shop, 'storage' | 'log'>) =>
  new RegistryContext(storage, log, Date.now)

function options(data: string) {
  return { data, durability: 'full', acceptGap: false, log: new KeptLog() } as const
}

/** Pushes an image of a small blob and a large one. */
async function pushImage({ registry }: Shop, repository: string, tag: string, size = 50_000) {
  const blobs = [contentOf(random.bytes(100)), contentOf(random.bytes(size))] as const
  for (const { digest, bytes } of blobs)
    await registry.uploads.put(repository, digest, bodyOf(bytes))
  const { bytes, mediaType } = image({ config: blobs[0], layers: [blobs[1]] })
  const push = { repository, reference: tag, bytes, contentType: mediaType, tags: [] }
  await registry.manifests.put(push)
  return blobs
}

function bodyOf(bytes: Uint8Array) {
  const chunks = (async function* () {
    yield bytes
  })()
  return { chunks, abort: () => undefined }
}

/** Stops the copying of blobs until `release` is called. */
function hold({ storage }: Shop): { reached: Promise<void>; release: () => void } {
  const { blobs } = storage
  const link = blobs.link.bind(blobs)
  const [gate, release] = promise()
  const [reached, reach] = promise()
  blobs.link = async (...which) => {
    reach()
    await gate
    return link(...which)
  }
  return { reached, release }
}

function promise(): [Promise<void>, () => void] {
  let resolve: () => void = () => undefined
  const made = new Promise<void>((done) => {
    resolve = done
  })
  return [made, resolve]
}

async function make(backups: Backups, to: string) {
  await backups.start(to)
  return ended(backups)
}

async function ended(backups: Backups) {
  while (backups.status?.state === 'running') await new Promise(setImmediate)
  return backups.status!
}
