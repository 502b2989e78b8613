import { bytes, component, leb, section } from '../build/bytes.ts'
import type { Random } from './random.ts'

type Mutation = (file: Uint8Array, random: Random, others: readonly Uint8Array[]) => Uint8Array

const INTERESTING = [0, 1, 0x7f, 0x80, 0xff, 0x60, 0x41, 0x42]
const MOST_ENTRIES = 400
/**
 * Entries of the import, type, export, function and nested type sections, and one of no section.
 */
const ENTRIES = [
  bytes(0, 0, 0, 0),
  bytes(0x60, 0, 0),
  bytes(1, 'a', 0, 0),
  bytes(0),
  bytes(0x41, 1, 1),
  bytes(0x80),
]
const LENGTHS = [0, 1, 127, 128, 0xffff, 2 ** 31, 2 ** 32 - 1, 2 ** 35]

function place(file: Uint8Array, random: Random): number {
  return random.below(file.length + 1)
}

function changed(file: Uint8Array, at: number, value: number): Uint8Array {
  if (at >= file.length) return file
  const copy = Uint8Array.from(file)
  copy[at] = value
  return copy
}

const MUTATIONS: readonly Mutation[] = [
  function flipBit(file, random) {
    const at = place(file, random)
    return changed(file, at, (file[at] ?? 0) ^ (1 << random.below(8)))
  },
  function setByte(file, random) {
    return changed(file, place(file, random), random.pick(INTERESTING))
  },
  function truncate(file, random) {
    return file.subarray(0, place(file, random))
  },
  function cutAtSection(file, random) {
    return file.subarray(0, random.pick(borders(file)))
  },
  /** A wrong length, at the beginning of a section or anywhere. */
  function changeLength(file, random) {
    const at = random.below(2) ? random.pick(borders(file)) + 1 : place(file, random)
    const length = leb(random.pick(LENGTHS), 1 + random.below(6))
    return bytes(file.subarray(0, at), length, file.subarray(at + 1))
  },
  function remove(file, random) {
    const at = place(file, random)
    return bytes(file.subarray(0, at), file.subarray(at + 1 + random.below(16)))
  },
  function repeat(file, random) {
    const from = place(file, random)
    const piece = file.subarray(from, from + random.below(64))
    const at = place(file, random)
    const times = 1 + random.below(4)
    return bytes(
      file.subarray(0, at),
      ...Array.from({ length: times }, () => piece),
      file.subarray(at),
    )
  },
  /** The first sections of the file, and the last ones of another. */
  function splice(file, random, others) {
    const other = random.pick(others)
    return bytes(
      file.subarray(0, random.pick(borders(file))),
      other.subarray(random.pick(borders(other))),
    )
  },
  function append(file, random, others) {
    return bytes(file, random.below(2) ? random.pick(others) : new Uint8Array(random.below(8)))
  },
  /** The file inside nested components. */
  function wrap(file, random) {
    let wrapped = file
    for (let depth = random.below(40); depth > 0; depth--) {
      wrapped = component(section(random.below(8) ? 4 : 1, wrapped))
    }
    return wrapped
  },
  /** A section with many entries, and a count that may claim billions. */
  function swell(file, random) {
    const at = random.pick(borders(file))
    const entry = random.pick(ENTRIES)
    const entries = Buffer.alloc(entry.length * random.below(MOST_ENTRIES), entry)
    const swollen = section(random.below(14), leb(random.pick(LENGTHS)), entries)
    return bytes(file.subarray(0, at), swollen, file.subarray(at))
  },
]

/** The file after one to five mutations, some of which splice it with another file. */
export function mutate(
  file: Uint8Array,
  random: Random,
  others: readonly Uint8Array[],
): Uint8Array {
  let mutated = file
  for (let times = 1 + random.below(5); times > 0; times--) {
    mutated = random.pick(MUTATIONS)(mutated, random, others)
  }
  return mutated
}

/** A mutated archive, mostly with header checksums that are right again. */
export function mutateArchive(
  archive: Uint8Array,
  random: Random,
  others: readonly Uint8Array[],
): Uint8Array {
  const mutated = Uint8Array.from(mutate(archive, random, others))
  if (random.below(4) === 0) return mutated
  for (let at = 0; at + 512 <= mutated.length; at += 512) {
    const header = mutated.subarray(at, at + 512)
    if (Buffer.from(header.subarray(257, 262)).toString('latin1') !== 'ustar') continue
    if (random.below(2))
      header[random.pick([100, 124, 130, 156, 345])] = random.pick([
        0, 0x20, 0x37, 0x38, 0x53, 0x78, 0x80, 0xff,
      ])
    header.fill(0x20, 148, 156)
    const sum = header.reduce((total, byte) => total + byte, 0)
    header.set(bytes(sum.toString(8).padStart(6, '0'), 0), 148)
  }
  return mutated
}

/** Offsets of sections, as far as their sizes lead to the next, and the end of the file. */
export function borders(file: Uint8Array): number[] {
  const found = [Math.min(8, file.length)]
  for (let at = 8; at < file.length && found.length < 64;) {
    let size = 0
    let shift = 0
    let next = at + 1
    while (next < file.length && shift < 32) {
      const byte = file[next++]!
      size += (byte & 0x7f) * 2 ** shift
      shift += 7
      if (byte < 0x80) break
    }
    at = next + size
    if (at <= file.length) found.push(at)
  }
  return found
}
