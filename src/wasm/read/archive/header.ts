/**
 * Length of a header; contents are padded to a multiple of it (POSIX.1, pax, "ustar Interchange
 * Format").
 */
export const BLOCK = 512

/** The fields of a header that are needed; the names are those of the format. */
export interface Header {
  readonly name: string
  readonly size: number
  readonly typeflag: string
}

const NUMBERS: readonly [offset: number, length: number][] = [
  [100, 8],
  [108, 8],
  [116, 8],
  [136, 12],
]
/** Device numbers, which the oldest format does not have. */
const DEVICES: readonly [offset: number, length: number][] = [
  [329, 8],
  [337, 8],
]
const SIZE = [124, 12] as const
const CHECKSUM = [148, 8] as const

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

export function isZero(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0)
}

/** Reads a header like Go's archive/tar; undefined where Go reports "invalid tar header". */
export function readHeader(block: Uint8Array): Header | undefined {
  if (!hasChecksum(block)) return undefined
  const size = number(block, SIZE)
  if (size === undefined || size < 0) return undefined
  const isPosix = magic(block) === 'ustar\0'
  const fields = isPosix || magic(block) === 'ustar ' ? [...NUMBERS, ...DEVICES] : NUMBERS
  if (fields.some((field) => number(block, field) === undefined)) return undefined
  const name = text(block, 0, 100)
  // GNU tar uses the bytes of the POSIX prefix for other fields.
  const prefix = isPosix ? text(block, 345, 155) : ''
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    size,
    typeflag: String.fromCharCode(block[156]!),
  }
}

function magic(block: Uint8Array): string {
  return utf8.decode(block.subarray(257, 263))
}

/** The bytes of a field up to the first zero. */
function text(block: Uint8Array, offset: number, length: number): string {
  return untilZero(block.subarray(offset, offset + length))
}

export function untilZero(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return utf8.decode(end < 0 ? bytes : bytes.subarray(0, end))
}

/**
 * A number in octal digits or, as GNU tar writes large ones, in base 256; undefined if it is
 * neither.
 */
function number(
  block: Uint8Array,
  [offset, length]: readonly [offset: number, length: number],
): number | undefined {
  const field = block.subarray(offset, offset + length)
  if ((field[0]! & 0x80) === 0) return octal(field)
  const negative = (field[0]! & 0x40) !== 0
  let value = field[0]! & 0x3f
  if (negative) value -= 0x40
  for (const byte of field.subarray(1)) value = value * 256 + byte
  return Math.abs(value) < 2 ** 63 ? value : undefined
}

function octal(field: Uint8Array): number | undefined {
  const digits = utf8.decode(field).replace(/^[ \0]+|[ \0]+$/g, '')
  const upToZero = digits.split('\0', 1)[0]!
  return /^[0-7]*$/.test(upToZero) ? Number.parseInt(upToZero || '0', 8) : undefined
}

/** Sum of all bytes with the checksum itself as spaces; old programs added signed bytes. */
function hasChecksum(block: Uint8Array): boolean {
  const [offset, length] = CHECKSUM
  let unsigned = 0
  let signed = 0
  for (let position = 0; position < BLOCK; position++) {
    const isOwn = position >= offset && position < offset + length
    const counted = isOwn ? 0x20 : block[position]!
    unsigned += counted
    signed += counted > 0x7f ? counted - 256 : counted
  }
  const stated = octal(block.subarray(offset, offset + length))
  return stated === unsigned || stated === signed
}
