import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

/** A real module (Rust, 48 KB) with types, imports, exports and code. */
const MODULE = readFileSync(
  fileURLToPath(new URL('../node_modules/source-map/lib/mappings.wasm', import.meta.url)),
)
const RANDOM_SIZE = 32
/** The id, length and name of a custom section. */
const HEADER_SIZE = 1 + 5 + 2

/** The parts of a new, valid module of `size` bytes, which differs from others in a few bytes only.
 * @param tail returns filler bytes */
export function moduleParts(size: number, tail: (length: number) => Buffer): Buffer[] {
  const rest = size - MODULE.length - HEADER_SIZE - RANDOM_SIZE
  const header = Buffer.from([0, ...leb128(2 + RANDOM_SIZE + rest), 1, 0x78])
  return [MODULE, Buffer.concat([header, randomBytes(RANDOM_SIZE)]), tail(rest)]
}

/** The first `size` bytes of a new gzipped layer. */
export function layerBeginning(size: number): Buffer {
  return Buffer.concat([gzipSync(randomBytes(64)), randomBytes(size)]).subarray(0, size)
}

/** Encodes a number in five bytes, which LEB128 allows. */
function leb128(value: number): number[] {
  return [0, 7, 14, 21, 28].map((shift) => ((value >>> shift) & 0x7f) | (shift < 28 ? 0x80 : 0))
}
