import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { digestOf } from '../../src/oci/digest.ts'
import type { BlobStore, BlobWriter, SavedBlob, WriterState } from '../../storage/blob-store.ts'
import { SeededRandom } from '../support/seeded-random.ts'

/** An engine under test. */
export interface BlobEngine {
  readonly blobs: BlobStore
  /** Stores finished bytes as the Index would: it takes those that the engine leaves to it. */
  keep(stored: SavedBlob): void
  /** Opens the same bytes in a new process, if the engine outlives one. */
  restart(): BlobStore
}

const KIBIBYTE = 1024
/** Around the sizes at which engines change their behaviour. */
const SIZES = [
  0,
  1,
  16 * KIBIBYTE,
  16 * KIBIBYTE + 1,
  256 * KIBIBYTE,
  256 * KIBIBYTE + 1,
  1_300_000,
]
/** Large enough that it is not left to the Index. */
const LARGE = 40 * KIBIBYTE

/** Tests for every {@link BlobStore}. */
export function blobStoreContract(engineName: string, open: () => Promise<BlobEngine>) {
  const random = new SeededRandom(1)

  describe(`blobs in ${engineName}`, () => {
    for (const size of SIZES) {
      it(`reads ${size} stored bytes, whole and in ranges, and their length`, async () => {
        const engine = await open()
        const bytes = random.bytes(size)
        const { key, size: stored } = await store(engine, bytes)
        assert.equal(stored, size)
        assert.equal(await engine.blobs.stat(key), size)
        assert.deepEqual(await bytesUnder(engine.blobs, key), bytes)
        for (const [start, end] of rangesOf(size)) {
          const reader = await engine.blobs.open(key, { start, end })
          assert.equal(reader?.size, size, 'the size is that of the whole')
          assert.deepEqual(await gather(reader), bytes.subarray(start, end + 1), `${start}-${end}`)
        }
      })

      it(`links the file of ${size} bytes to a path, if there is one`, async () => {
        const engine = await open()
        const bytes = random.bytes(size)
        const { key } = await store(engine, bytes)
        const path = join(await mkdtemp(join(tmpdir(), 'wasmoor-test-')), 'linked')
        try {
          if (!(await engine.blobs.link(key, path))) return
          assert.deepEqual(await readFile(path), bytes)
          await engine.blobs.remove(key)
          assert.deepEqual(await readFile(path), bytes, 'it is its own')
          await rm(path)
          assert.equal(await engine.blobs.link(key, path), false, 'nothing is there')
        } finally {
          await rm(dirname(path), { recursive: true })
        }
      })

      it(`resumes an upload after ${size} bytes from its saved state, also in a new process`, async () => {
        const engine = await open()
        const bytes = random.bytes(size + 50_000)
        const state = await suspended(engine.blobs, bytes.subarray(0, size))
        assert.equal(state.offset, size)
        const writer = await resumed(engine.restart(), asKept(state))
        assert.equal(writer.offset, size)
        await writer.append(bytes.subarray(size))
        assert.deepEqual(await readBack(engine, await commit(engine, writer, bytes)), bytes)
      })

      it(`returns to ${size} bytes when an upload is resumed from an older state`, async () => {
        const engine = await open()
        const bytes = random.bytes(size + 300_000)
        const state = await suspended(engine.blobs, bytes.subarray(0, size))
        for (const lost of [random.bytes(400_000), random.bytes(20), Buffer.alloc(0)]) {
          const writer = await resumed(engine.blobs, state)
          await writer.append(lost)
          await writer.suspend()
        }
        const writer = await resumed(engine.blobs, state)
        assert.deepEqual(await gather(writer.read()), bytes.subarray(0, size))
        await writer.append(bytes.subarray(size))
        assert.deepEqual(await readBack(engine, await commit(engine, writer, bytes)), bytes)
      })

      it(`keeps the ${size} bytes of the saved state when a resumed upload is aborted`, async () => {
        const engine = await open()
        const bytes = random.bytes(size + 60_000)
        const state = await suspended(engine.blobs, bytes.subarray(0, size))
        const abandoned = await resumed(engine.blobs, state)
        await abandoned.append(random.bytes(300_000))
        await abandoned.abort()
        const writer = await resumed(engine.blobs, state)
        await writer.append(bytes.subarray(size))
        assert.deepEqual(await readBack(engine, await commit(engine, writer, bytes)), bytes)
      })
    }

    it('resumes an upload whose committed bytes the index never learned of', async () => {
      const engine = await open()
      const bytes = random.bytes(LARGE + 1000)
      const state = await suspended(engine.blobs, bytes.subarray(0, LARGE))
      const lost = await resumed(engine.blobs, state)
      await lost.append(random.bytes(5000))
      const { key } = await lost.commit(digestOf(bytes))
      const writer = await resumed(engine.restart(), asKept(state))
      assert.equal(await engine.blobs.stat(key), undefined)
      assert.deepEqual(await gather(writer.read()), bytes.subarray(0, LARGE))
      await writer.append(bytes.subarray(LARGE))
      assert.deepEqual(await readBack(engine, await commit(engine, writer, bytes)), bytes)
    })

    it('finds nothing under a key that it never returned', async () => {
      const engine = await open()
      const { key } = await store(engine, random.bytes(LARGE))
      const unknown = `${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`
      assert.equal(await engine.blobs.stat(unknown), undefined)
      assert.equal(await engine.blobs.open(unknown), undefined)
      assert.equal(await engine.blobs.remove(unknown), false)
    })

    it('uses a new key for each commit, so that removing one copy keeps the other', async () => {
      const engine = await open()
      const bytes = random.bytes(LARGE)
      const [first, second] = [await store(engine, bytes), await store(engine, bytes)]
      assert.notEqual(first.key, second.key)
      assert.equal(await engine.blobs.remove(first.key), true)
      assert.equal(await engine.blobs.stat(first.key), undefined)
      assert.equal(await engine.blobs.open(first.key), undefined)
      assert.equal(await engine.blobs.remove(first.key), false)
      assert.deepEqual(await bytesUnder(engine.blobs, second.key), bytes)
    })

    it('continues to read bytes that are removed meanwhile', async () => {
      const engine = await open()
      const bytes = random.bytes(1_300_000)
      const { key } = await store(engine, bytes)
      const reader = await engine.blobs.open(key)
      await engine.blobs.remove(key)
      assert.deepEqual(await gather(reader), bytes)
    })

    it('stores sha512 blobs under keys of their own', async () => {
      const engine = await open()
      const bytes = random.bytes(LARGE)
      const [short, long] = [await store(engine, bytes), await store(engine, bytes, 'sha512')]
      assert.notEqual(short.key, long.key)
      assert.deepEqual(await bytesUnder(engine.blobs, long.key), bytes)
    })

    it('lists each stored key once, and no unfinished bytes', async () => {
      const engine = await open()
      const before = await keysIn(engine.blobs)
      const keys: string[] = []
      for (let count = 0; count < 5; count++) {
        const algorithm = count % 2 === 0 ? 'sha256' : 'sha512'
        keys.push((await store(engine, random.bytes(LARGE), algorithm)).key)
      }
      await suspended(engine.blobs, random.bytes(LARGE))
      await engine.blobs.remove(keys.shift() ?? '')
      assert.deepEqual(await keysIn(engine.blobs), [...before, ...keys].toSorted())
    })

    it('reads the bytes appended so far, and accepts more afterwards', async () => {
      const { blobs } = await open()
      const writer = blobs.start()
      const bytes = random.bytes(700_000)
      assert.deepEqual(await gather(writer.read()), Buffer.alloc(0))
      for (const [start, end] of [
        [0, 10],
        [10, 30_000],
        [30_000, 400_000],
        [400_000, 700_000],
      ]) {
        await writer.append(bytes.subarray(start, end))
        assert.equal(writer.offset, end)
        assert.deepEqual(await gather(writer.read()), bytes.subarray(0, end))
        assert.deepEqual(await gather(writer.read()), bytes.subarray(0, end))
      }
      await writer.abort()
    })

    it('cannot resume an upload after its bytes were discarded', async () => {
      const { blobs } = await open()
      const state = await suspended(blobs, random.bytes(LARGE))
      await blobs.discard(state)
      assert.equal(await blobs.resume(state), undefined)
      await blobs.discard(state)
    })

    it('does not list aborted bytes', async () => {
      const { blobs } = await open()
      const before = await keysIn(blobs)
      for (const size of SIZES) {
        const writer = blobs.start()
        await writer.append(random.bytes(size))
        await writer.abort()
      }
      assert.deepEqual(await keysIn(blobs), before)
    })

    it('closes the file of a reader that is closed, left early or read to its end', async () => {
      const engine = await open()
      const { key } = await store(engine, random.bytes(1_300_000))
      const untouched = await engine.blobs.open(key)
      await untouched?.close()
      const left = (await engine.blobs.open(key))!
      for await (const piece of left) {
        assert.ok(piece.byteLength > 0)
        break
      }
      await left.close()
      const read = await engine.blobs.open(key)
      await gather(read)
      await read?.close()
    })

    it('stores many blobs at the same time', async () => {
      const engine = await open()
      const all = Array.from({ length: 24 }, (_, index) => random.bytes(index * 17_000))
      const stored = await Promise.all(all.map((bytes) => store(engine, bytes)))
      assert.equal(new Set(stored.map(({ key }) => key)).size, all.length)
      const read = await Promise.all(stored.map(({ key }) => bytesUnder(engine.blobs, key)))
      for (const [index, bytes] of all.entries()) assert.deepEqual(read[index], bytes)
    })

    it('stores the same bytes however they were split and wherever the upload stopped', async () => {
      const engine = await open()
      const step = fc.record({
        length: fc.oneof(fc.nat(3), fc.nat(20_000), fc.nat(300_000)),
        next: fc.constantFrom('go on', 'go on', 'suspend', 'restart', 'give up', 'read'),
      })
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
          let [writer, state] = [engine.blobs.start(), undefined as WriterState | undefined]
          let [bytes, kept] = [Buffer.alloc(0), Buffer.alloc(0)]
          for (const { length, next } of steps) {
            const chunk = random.bytes(length)
            await writer.append(chunk)
            bytes = Buffer.concat([bytes, chunk])
            if (next === 'read') assert.deepEqual(await gather(writer.read()), bytes)
            if (next === 'suspend' || next === 'restart') {
              state = await writer.suspend()
              kept = bytes
            }
            if (next === 'give up') {
              await writer.abort()
              bytes = kept
            }
            if (next === 'go on' || next === 'read') continue
            const blobs = next === 'restart' ? engine.restart() : engine.blobs
            writer = state ? await resumed(blobs, state) : blobs.start()
            assert.equal(writer.offset, bytes.byteLength)
          }
          assert.deepEqual(await readBack(engine, await commit(engine, writer, bytes)), bytes)
        }),
        { numRuns: 60, seed: 7 },
      )
    })
  })
}

async function keysIn(blobs: BlobStore): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of blobs.list()) keys.push(key)
  return keys.toSorted()
}

async function suspended(blobs: BlobStore, bytes: Uint8Array): Promise<WriterState> {
  const writer = blobs.start()
  await writer.append(bytes)
  return writer.suspend()
}

/** The state as the Index stores it. */
function asKept(state: WriterState): WriterState {
  return JSON.parse(JSON.stringify(state)) as WriterState
}

async function resumed(blobs: BlobStore, state: WriterState): Promise<BlobWriter> {
  const writer = await blobs.resume(state)
  assert.ok(writer, 'the bytes are there')
  return writer
}

async function store(
  engine: BlobEngine,
  bytes: Buffer,
  algorithm?: 'sha256' | 'sha512',
): Promise<SavedBlob> {
  const writer = engine.blobs.start()
  for (let start = 0; start < bytes.byteLength; start += 65_536)
    await writer.append(bytes.subarray(start, start + 65_536))
  return commit(engine, writer, bytes, algorithm)
}

async function commit(
  engine: BlobEngine,
  writer: BlobWriter,
  bytes: Buffer,
  algorithm?: 'sha256' | 'sha512',
): Promise<SavedBlob> {
  const stored = await writer.commit(digestOf(bytes, algorithm))
  assert.equal(stored.size, bytes.byteLength)
  engine.keep(stored)
  return stored
}

function readBack(engine: BlobEngine, { key }: SavedBlob): Promise<Buffer> {
  return bytesUnder(engine.blobs, key)
}

async function bytesUnder(blobs: BlobStore, key: string): Promise<Buffer> {
  const reader = await blobs.open(key)
  assert.ok(reader, `there are bytes under ${key}`)
  return gather(reader)
}

async function gather(pieces: AsyncIterable<Uint8Array> | undefined): Promise<Buffer> {
  const all: Uint8Array[] = []
  // The memory of a piece is reused for the one after the next.
  for await (const piece of pieces ?? []) all.push(Uint8Array.from(piece))
  return Buffer.concat(all)
}

function rangesOf(size: number): [start: number, end: number][] {
  if (size === 0) return []
  const middle = Math.floor(size / 2)
  const ranges: [number, number][] = [
    [0, 0],
    [0, size - 1],
    [size - 1, size - 1],
    [middle, middle],
    [Math.min(5, size - 1), size - 1],
  ]
  return size > 600_000 ? [...ranges, [524_287, 524_288], [524_288, 1_100_000]] : ranges
}
