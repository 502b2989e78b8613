/** What Go's compress/gzip says where zlib says something else; of other errors it names the offset, which zlib does not. */
const WORDS: readonly [zlib: string, go: string][] = [
  ['incorrect header check', 'gzip: invalid header'],
  ['unknown compression method', 'gzip: invalid header'],
  ['incorrect data check', 'gzip: invalid checksum'],
  ['incorrect length check', 'gzip: invalid checksum'],
  ['unexpected end of file', 'unexpected EOF'],
]

/** The error of a decompressor in the words of those who pull the layer. */
export function gzipFailure(message: string): string {
  const known = WORDS.find(([zlib]) => message.includes(zlib))
  return known ? known[1] : 'flate: corrupt input before offset'
}
