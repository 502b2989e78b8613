const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
const SPACE = 0x20
const NEWLINE = 0x0a
/** Shortest record: "5 a=\n". */
const SHORTEST = 5

const TEXTS = ['path', 'linkpath', 'uname', 'gname']
const NUMBERS = /^[+-]?\d+$/
const TIMES = /^[+-]?\d+(?:\.\d*)?$/
const FORMS: Readonly<Record<string, RegExp>> = {
  uid: NUMBERS,
  gid: NUMBERS,
  size: NUMBERS,
  atime: TIMES,
  ctime: TIMES,
  mtime: TIMES,
}

/**
 * Records "length key=value\n" of an extended header (POSIX.1, pax, "pax Extended Header");
 * undefined where Go's archive/tar reports "invalid tar header".
 */
export function readPaxRecords(bytes: Uint8Array): Map<string, string> | undefined {
  const records = new Map<string, string>()
  for (let at = 0; at < bytes.length;) {
    const record = readRecord(bytes.subarray(at))
    if (!record) return undefined
    records.set(record.key, record.value)
    at += record.length
  }
  return records
}

function readRecord(bytes: Uint8Array) {
  const space = bytes.indexOf(SPACE)
  const digits = utf8.decode(bytes.subarray(0, Math.max(space, 0)))
  const length = Number(digits)
  if (!/^\d+$/.test(digits) || length < SHORTEST || length > bytes.length) return undefined
  if (length <= space + 1 || bytes[length - 1] !== NEWLINE) return undefined
  const text = utf8.decode(bytes.subarray(space + 1, length - 1))
  const equals = text.indexOf('=')
  const key = text.slice(0, Math.max(equals, 0))
  const value = text.slice(equals + 1)
  if (key === '' || (TEXTS.includes(key) ? value : key).includes('\0')) return undefined
  return { key, value, length }
}

/**
 * Whether the numbers and times in the records are valid; Go checks them when it reaches the header
 * to which they apply.
 */
export function areApplicable(records: ReadonlyMap<string, string>): boolean {
  return Object.entries(FORMS).every(([key, form]) => form.test(records.get(key) || '0'))
}
