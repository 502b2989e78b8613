import { BLOCK } from '../read/archive/header.ts'
import { PLUGIN } from '../read/archive/plugin-archive.ts'

/** Bytes of the archive around a file of `size` bytes: header, padding, two empty blocks. */
export function tarSize(size: number): number {
  return BLOCK + size + padding(size) + 2 * BLOCK
}

/**
 * A tar archive (POSIX.1, "ustar Interchange Format") of the file `plugin.wasm`, with owner 0 and
 * time 0, so that the same file gives the same bytes everywhere. Holds one piece in memory.
 * @param size bytes that `pieces` have together
 */
export async function* pluginTar(
  size: number,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  yield header(size)
  yield* pieces
  yield new Uint8Array(padding(size) + 2 * BLOCK)
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK
}

/** Offsets of the fields, with the names of the format. */
const FIELDS = {
  name: 0,
  mode: 100,
  uid: 108,
  gid: 116,
  size: 124,
  mtime: 136,
  chksum: 148,
  typeflag: 156,
  magic: 257,
  version: 263,
  devmajor: 329,
  devminor: 337,
} as const

function header(size: number): Uint8Array {
  const block = Buffer.alloc(BLOCK)
  const write = (field: keyof typeof FIELDS, text: string) => block.write(text, FIELDS[field])
  write('name', PLUGIN)
  write('mode', octal(0o644, 8))
  for (const field of ['uid', 'gid', 'devmajor', 'devminor'] as const) write(field, octal(0, 8))
  write('size', octal(size, 12))
  write('mtime', octal(0, 12))
  // The checksum is computed with spaces in its own field, and is followed by a zero and a space.
  write('chksum', ' '.repeat(8))
  write('typeflag', '0')
  write('magic', 'ustar\0')
  write('version', '00')
  const sum = block.reduce((total, byte) => total + byte, 0)
  write('chksum', `${octal(sum, 7)} `)
  return block
}

/** Digits that fill the field, and a zero byte. */
function octal(value: number, length: number): string {
  return `${value.toString(8).padStart(length - 1, '0')}\0`
}
