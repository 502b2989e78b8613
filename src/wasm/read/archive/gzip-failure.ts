/**
 * Errors of zlib, and those of Go's compress/gzip for the same failures. For other failures Go's
 * error contains an offset that zlib does not give.
 */
const WORDS: readonly [zlib: string, go: string][] = [
  ['incorrect header check', 'gzip: invalid header'],
  ['unknown compression method', 'gzip: invalid header'],
  ['incorrect data check', 'gzip: invalid checksum'],
  ['incorrect length check', 'gzip: invalid checksum'],
  ['unexpected end of file', 'unexpected EOF'],
]

/** The error of zlib in the words of Go, which consumers use to unpack the layer. */
export function gzipFailure(message: string): string {
  const known = WORDS.find(([zlib]) => message.includes(zlib))
  return known ? known[1] : 'flate: corrupt input before offset'
}
