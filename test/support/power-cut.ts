import { type DiskState, directoryOf, overwritten } from './memory-disk.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { Effect, Operation, Trace } from './trace.ts'

/** Up to this many operations that can be lost, every combination is tried. */
const EXHAUSTIVE = 10

/** The content of disk and index at the start of a trace. */
export interface Origin {
  readonly disk: DiskState
  readonly entries: ReadonlyMap<string, Uint8Array>
}

/** The content of disk and index after a power cut. */
export interface Remains {
  readonly disk: DiskState
  readonly entries: Map<string, Uint8Array>
}

/** Describes a power cut for a message. */
export interface Cut {
  readonly at: number
  readonly pending: number
  readonly lost: readonly string[]
}

/**
 * All possible remains of a power cut after the first `at` steps of the trace. Each operation that
 * was not made durable is lost or kept, independently of the others; of a lost write, a part or the
 * length may stay. For more than ten such operations, `most` seeded combinations are tried;
 * otherwise all, or `most` of them.
 */
export function* powerCuts(
  trace: Trace<unknown>,
  origin: Origin,
  at: number,
  { random, most }: { random: SeededRandom; most: number },
): Generator<{ readonly cut: Cut; readonly remains: Remains }> {
  const begun = trace.operations.filter((operation) => operation.at < at)
  const pending = begun.filter(
    (operation) => operation.durableAt >= at && !isOutlived(operation, begun, at),
  )
  const first = pending[0]?.at ?? at
  const settled = copy(origin)
  for (const operation of begun) {
    if (operation.at < first && operation.durableAt < at) apply(settled, operation.effect)
  }
  const open = begun.filter((operation) => operation.at >= first)
  const losable = new Set(pending)
  for (const lost of lossesOf(pending, random, most)) {
    const remains = copy(settled)
    for (const operation of open) {
      const isLost = lost.has(operation) || (operation.durableAt >= at && !losable.has(operation))
      if (!isLost && !fellWithItsFirstHalf(operation, lost)) apply(remains, operation.effect)
      else if (operation.effect.kind === 'write') applyTorn(remains, operation.effect, random)
    }
    dropUnreachable(remains.disk)
    const described = [...lost].map(({ effect }) => describe(effect))
    yield { cut: { at, pending: pending.length, lost: described }, remains }
  }
}

/**
 * Whether later durable batches changed all keys of a batch, so that its loss makes no difference.
 */
function isOutlived(
  { effect, at: begunAt }: Operation,
  begun: readonly Operation[],
  at: number,
): boolean {
  if (effect.kind !== 'batch') return false
  const later = begun.filter((other) => other.at > begunAt && other.durableAt < at)
  return [...effect.changes.keys()].every((key) =>
    later.some((other) => other.effect.kind === 'batch' && other.effect.changes.has(key)),
  )
}

function* lossesOf(
  pending: readonly Operation[],
  random: SeededRandom,
  most: number,
): Generator<Set<Operation>> {
  const combinations = 2 ** pending.length
  if (pending.length <= EXHAUSTIVE && combinations <= most) {
    for (let mask = 0; mask < combinations; mask++)
      yield new Set(pending.filter((_, bit) => (mask & (1 << bit)) !== 0))
    return
  }
  yield new Set(pending)
  yield new Set()
  for (let count = 2; count < most; count++) {
    const probability = random.pick([0.1, 0.5, 0.9])
    yield new Set(pending.filter(() => random.chance(probability)))
  }
}

function fellWithItsFirstHalf({ effect }: Operation, lost: ReadonlySet<Operation>): boolean {
  return effect.kind === 'leave' && effect.after !== undefined && lost.has(effect.after)
}

function apply({ disk, entries }: Remains, effect: Effect): void {
  switch (effect.kind) {
    case 'make-directory':
      disk.directories.add(effect.path)
      break
    case 'enter':
      disk.names.set(effect.path, effect.file)
      if (!disk.files.has(effect.file)) disk.files.set(effect.file, Buffer.alloc(0))
      break
    case 'leave':
      disk.names.delete(effect.path)
      break
    case 'write':
      writeTo(disk, effect.file, effect.position, effect.bytes)
      break
    case 'cut': {
      const bytes = disk.files.get(effect.file)
      if (bytes) disk.files.set(effect.file, bytes.subarray(0, effect.length))
      break
    }
    case 'batch':
      for (const [key, value] of effect.changes) {
        if (value === undefined) entries.delete(key)
        else entries.set(key, value)
      }
      break
  }
}

/** Of a lost write the disk may have nothing, the beginning, or the length filled with zeros. */
function applyTorn(
  { disk }: Remains,
  { file, position, bytes }: Extract<Effect, { kind: 'write' }>,
  random: SeededRandom,
): void {
  const kept = random.below(bytes.byteLength + 1)
  switch (random.below(4)) {
    case 0:
      writeTo(disk, file, position, bytes.subarray(0, kept))
      break
    case 1:
      writeTo(disk, file, position, new Uint8Array(bytes.byteLength))
      break
    case 2:
      writeTo(disk, file, position, new Uint8Array(bytes.byteLength))
      writeTo(disk, file, position, bytes.subarray(0, kept))
      break
    default:
  }
}

function writeTo(disk: DiskState, file: number, position: number, bytes: Uint8Array): void {
  if (bytes.byteLength === 0) return
  disk.files.set(file, overwritten(disk.files.get(file) ?? Buffer.alloc(0), position, bytes))
}

export function copy({ disk, entries }: Origin): Remains {
  const { directories, names, files } = disk
  return {
    disk: {
      directories: new Set(directories),
      names: new Map(names),
      files: new Map(files),
    },
    entries: new Map(entries),
  }
}

/** A lost directory loses the names in it. */
function dropUnreachable({ directories, names }: DiskState): void {
  for (const path of directories)
    if (path !== '.' && !directories.has(directoryOf(path))) directories.delete(path)
  for (const path of names.keys()) if (!directories.has(directoryOf(path))) names.delete(path)
}

function describe(effect: Effect): string {
  switch (effect.kind) {
    case 'write':
      return `write of ${effect.bytes.byteLength} at ${effect.position} of file ${effect.file}`
    case 'cut':
      return `cut of file ${effect.file} to ${effect.length}`
    case 'batch':
      return `batch of ${[...effect.changes.keys()].join(', ')}`
    case 'enter':
      return `enter ${effect.path} as file ${effect.file}`
    case 'leave':
    case 'make-directory':
      return `${effect.kind} ${effect.path}`
  }
}
