import { bytes, type Part } from './bytes.ts'

export interface Entry {
  readonly name?: string
  readonly data?: Uint8Array | string
  readonly type?: string
  /** As stated in the header, if not the length of the data. */
  readonly size?: number | Part
  readonly prefix?: string
  readonly magic?: string
}

/** A tar archive of these entries with its end, or of raw blocks. */
export function tar(...entries: readonly (Entry | Uint8Array)[]): Uint8Array {
  return bytes(
    entries.map((entry) => (entry instanceof Uint8Array ? entry : tarEntry(entry))),
    new Uint8Array(1024),
  )
}

export function tarEntry(entry: Entry): Uint8Array {
  const data = bytes(entry.data ?? '')
  return bytes(header(entry, data.length), data, new Uint8Array((512 - (data.length % 512)) % 512))
}

/** An extended header with one record for what follows it. */
export function pax(key: string, value: string): Uint8Array {
  const rest = ` ${key}=${value}\n`
  let length = Buffer.byteLength(rest)
  while (String(length).length + Buffer.byteLength(rest) > length) length++
  return tarEntry({ name: 'PaxHeaders/x', type: 'x', data: `${length}${rest}` })
}

/** GNU tar's way to give a long name to what follows. */
export function longName(name: string): Uint8Array {
  return tarEntry({ name: '././@LongLink', type: 'L', data: `${name}\0` })
}

function header(entry: Entry, length: number): Uint8Array {
  const { name = '', type = '0', size = length, prefix = '', magic = 'ustar\x0000' } = entry
  const block = new Uint8Array(512)
  block.set(bytes(name).subarray(0, 100))
  block.set(bytes('0000644\0', '0000000\0', '0000000\0'), 100)
  block.set(typeof size === 'number' ? bytes(octal(size)) : bytes(size), 124)
  block.set(bytes('00000000000\0', '        ', type), 136)
  block.set(bytes(magic), 257)
  block.set(bytes(prefix), 345)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.set(bytes(sum.toString(8).padStart(6, '0'), 0, ' '), 148)
  return block
}

function octal(size: number): string {
  return `${size.toString(8).padStart(11, '0')}\0`
}
