import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { Examiner } from '../../../src/wasm/live/examiner.ts'
import { BytesReader } from '../../../storage/files/readers.ts'
import type { BlobReader } from '../../../storage/blob-store.ts'
import { filter } from '../build/conventions.ts'
import { read } from '../build/read.ts'
import { tar } from '../build/tar.ts'

const examiner = new Examiner()
after(() => examiner.close())

const opened = (bytes: Uint8Array) => async (): Promise<BlobReader> => new BytesReader(bytes)
const archive = gzipSync(tar({ name: 'plugin.wasm', data: filter }))

/** A reader of these pieces that counts how often it was closed. */
function reader(pieces: () => AsyncGenerator<Uint8Array>) {
  const made = {
    size: 0,
    closed: 0,
    close: async () => void made.closed++,
    [Symbol.asyncIterator]: pieces,
  }
  return made
}

describe('Examiner', () => {
  it('finds the same facts in a worker thread as the reader does here', async () => {
    assert.deepEqual(await examiner.examine('file', 'a', opened(filter)), read(filter))
    const found = await examiner.examine('archive', 'a', opened(archive))
    assert.ok(typeof found === 'object')
    assert.deepEqual([found.outcome, found.plugin?.facts], ['found', read(filter)])
  })

  it('examines many blobs, a few at a time', async () => {
    const all = Array.from({ length: 20 }, () => examiner.examine('file', 'a', opened(filter)))
    for (const facts of await Promise.all(all)) assert.deepEqual(facts, read(filter))
  })

  it('gives up blobs beyond two threads and 64 waiting', async () => {
    const all = Array.from({ length: 100 }, () => examiner.examine('file', 'a', opened(filter)))
    const found = (await Promise.all(all)).filter((facts) => facts !== 'busy')
    assert.equal(found.length, 66)
  })

  it('gives up a blob that takes too long, and examines the next', async () => {
    const impatient = new Examiner({ patience: 300 })
    // Endless gzip members that unpack to nothing.
    const nothing = gzipSync('')
    const endless = reader(async function* () {
      for (;;) yield nothing
    })
    assert.equal(await impatient.examine('archive', 'a', async () => endless), 'failed')
    assert.equal(endless.closed, 1)
    await impatient.close()
    assert.equal(typeof (await examiner.examine('archive', 'a', opened(archive))), 'object')
  })

  it('passes on an error of the reader, and examines the next blob', async () => {
    const failing = reader(async function* () {
      yield filter.subarray(0, 10)
      throw new Error('EIO')
    })
    await assert.rejects(
      examiner.examine('file', 'a', async () => failing),
      /EIO/,
    )
    assert.equal(failing.closed, 1)
    assert.equal(typeof (await examiner.examine('file', 'a', opened(filter))), 'object')
  })

  it('has no facts about a blob that is not there, nor once it is closed', async () => {
    assert.equal(await examiner.examine('file', 'a', async () => undefined), 'failed')
    const closed = new Examiner()
    await closed.close()
    assert.equal(await closed.examine('file', 'a', opened(filter)), 'busy')
  })
})
