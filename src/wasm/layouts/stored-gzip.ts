import { crc32 } from 'node:zlib'

/** RFC 1951, section 3.2.4: bytes of an uncompressed block, and of the header before it. */
const BLOCK = 0xffff
const BEFORE = 5
/** RFC 1952: deflate, no flags, no time, no extra flags, unknown operating system. */
const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255)
const TRAILER = 8

/** Bytes of the gzip around `size` bytes. */
export function storedGzipSize(size: number): number {
  return HEADER.length + size + BEFORE * Math.max(1, Math.ceil(size / BLOCK)) + TRAILER
}

export class WrongLength extends Error {}

/**
 * Gzip without compression: the bytes, and so the digest, do not depend on the version of zlib or
 * on the sizes of the pieces. Holds one piece in memory.
 * @param size bytes that `pieces` have together, below 2^32
 * @throws WrongLength if they have another number
 */
export async function* storedGzip(
  size: number,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  let left = size
  let leftInBlock = 0
  let checksum = 0
  yield HEADER
  if (size === 0) yield blockHeader(0, true)
  for await (const piece of pieces) {
    if (piece.length > left) throw new WrongLength(`more than ${size} bytes`)
    checksum = crc32(piece, checksum)
    for (let rest = piece; rest.length > 0;) {
      if (leftInBlock === 0) {
        leftInBlock = Math.min(left, BLOCK)
        yield blockHeader(leftInBlock, leftInBlock === left)
      }
      const part = rest.subarray(0, leftInBlock)
      yield part
      leftInBlock -= part.length
      left -= part.length
      rest = rest.subarray(part.length)
    }
  }
  if (left > 0) throw new WrongLength(`${left} bytes fewer than ${size}`)
  yield trailer(checksum, size)
}

function blockHeader(length: number, isLast: boolean): Uint8Array {
  const bytes = Buffer.alloc(BEFORE)
  bytes.writeUInt8(isLast ? 1 : 0, 0)
  bytes.writeUInt16LE(length, 1)
  bytes.writeUInt16LE(BLOCK - length, 3)
  return bytes
}

function trailer(checksum: number, size: number): Uint8Array {
  const bytes = Buffer.alloc(TRAILER)
  bytes.writeUInt32LE(checksum, 0)
  bytes.writeUInt32LE(size, 4)
  return bytes
}
