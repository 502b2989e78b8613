import assert from 'node:assert/strict'
import { formatFix } from '../../../src/wasm/assess/finding.ts'
import { assess } from '../../../src/wasm/assess/assess.ts'
import { FACTS_BYTES } from '../../../src/wasm/read/bounds.ts'
import { classify } from '../../../src/wasm/read/content.ts'
import type { BlobFacts } from '../../../src/wasm/read/facts.ts'
import { type ArchiveFacts, PluginArchive } from '../../../src/wasm/read/archive/plugin-archive.ts'
import { artifactWith } from '../build/artifact.ts'
import { read } from '../build/read.ts'
import { askV8, type V8Facts } from '../build/v8.ts'
import { mutate, mutateArchive } from './mutations.ts'
import { Random } from './random.ts'
import { ARCHIVES, SEEDS } from './seeds.ts'

/** Milliseconds that one small file may take, on a busy machine. */
const LONGEST = 2000
/** Bytes above which V8 is not asked. */
const SMALL = 32_768

export interface Case {
  readonly file: Uint8Array
  readonly isArchive: boolean
}

/** Case number `index` of the run with this seed. */
export function caseOf(seed: number, index: number): Case {
  const random = new Random(Math.imul(seed, 0x9e3779b1) ^ index)
  return random.below(8) === 0
    ? { file: mutateArchive(random.pick(ARCHIVES), random, ARCHIVES), isArchive: true }
    : { file: mutate(random.pick(SEEDS), random, SEEDS), isArchive: false }
}

/**
 * Fails unless the file is read without a throw, within the bounds, and as valid if V8 takes it.
 */
export function check({ file, isArchive }: Case, index: number): void {
  const before = performance.now()
  const piece = 1 + ((index * 7919) % (file.length + 1))
  if (isArchive) checkArchive(file, piece, index)
  else checkFile(file, piece, index)
  const took = performance.now() - before
  assert.ok(took < LONGEST, `${took} ms`)
}

function checkFile(file: Uint8Array, piece: number, index: number): void {
  const facts = read(file, piece)
  assert.equal(facts.size, file.length)
  assert.equal(facts.content, classify(file.subarray(0, 512)))
  assertBounded(facts)
  if (index % 4 === 0) assert.deepEqual(read(file), facts)
  const v8 = file.length <= SMALL ? factsByV8(file) : undefined
  if (v8) assertValid(facts, v8)
  if (index % 16 === 0) assertAssessed(facts)
}

function checkArchive(file: Uint8Array, piece: number, index: number): void {
  const walk = (size: number): ArchiveFacts => {
    const walking = new PluginArchive()
    for (let at = 0; at < file.length; at += size) walking.update(file.subarray(at, at + size))
    return walking.finish()
  }
  const facts = walk(piece)
  assertBounded(facts)
  assert.equal(facts.outcome === 'found', facts.plugin !== undefined)
  assert.equal(
    facts.outcome === 'unreadable' || facts.outcome === 'not-understood',
    facts.detail !== undefined,
  )
  if (index % 4 === 0) assert.deepEqual(walk(file.length), facts)
}

function assertBounded(facts: BlobFacts | ArchiveFacts): void {
  const json = JSON.stringify(facts)
  assert.ok(Buffer.byteLength(json) <= FACTS_BYTES)
  assert.deepEqual(JSON.parse(json), facts)
}

function factsByV8(file: Uint8Array): V8Facts | undefined {
  try {
    return askV8(file)
  } catch {
    return undefined
  }
}

function assertValid({ wasm }: BlobFacts, v8: V8Facts): void {
  assert.equal(wasm?.kind, 'core-module')
  assert.equal(wasm.damage, undefined)
  assert.equal(wasm.oddities.total, 0)
  const about = wasm.partlyRead.items.map(({ part }) => part)
  assert.deepEqual(
    about.filter((part) => part !== 'custom'),
    [],
  )
  assert.deepEqual([wasm.imports.total, wasm.exports.total], [v8.imports.length, v8.exports.length])
}

/** Every consumer has a verdict, and every finding is printable. */
function assertAssessed(facts: BlobFacts): void {
  const { consumers, errors, refusals, hints } = assess(artifactWith(facts))
  assert.equal(consumers.length, 11)
  for (const { text, fix = {} } of [...errors, ...refusals, ...hints]) {
    assert.match(text + formatFix(fix), /^[ -~]+$/)
  }
}
