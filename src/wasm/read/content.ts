import { HEAD_BYTES } from './bounds.ts'

/** The kind of a file, recognised by its first bytes. */
export type Content =
  | 'wasm'
  | 'empty'
  | 'gzip'
  | 'zstd'
  | 'bzip2'
  | 'xz'
  | 'zip'
  | 'tar'
  | 'wat'
  | 'elf'
  | 'mach-o'
  | 'pe'
  | 'html'
  | 'git-lfs-pointer'
  | 'json'
  | 'base64'
  | 'script'
  | 'text'
  | 'unknown'

const MAGIC: readonly [content: Content, bytes: readonly number[], offset?: number][] = [
  ['wasm', [0x00, 0x61, 0x73, 0x6d]],
  ['gzip', [0x1f, 0x8b]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ['zip', [0x50, 0x4b, 0x03, 0x04]],
  ['elf', [0x7f, 0x45, 0x4c, 0x46]],
  ['mach-o', [0xcf, 0xfa, 0xed, 0xfe]],
  ['mach-o', [0xca, 0xfe, 0xba, 0xbe]],
  ['pe', [0x4d, 0x5a, 0x90]],
  // POSIX ustar and GNU tar: "ustar" in the header of the first entry.
  ['tar', [0x75, 0x73, 0x74, 0x61, 0x72], 257],
]

const TEXTS: readonly [Content, RegExp][] = [
  ['html', /^\s*(?:<!--[\s\S]*?-->\s*)?<(?:!doctype\s+html|html|head|body)\b/i],
  ['git-lfs-pointer', /^version https:\/\/(?:git-lfs|hawser)\.github\.com\//],
  ['json', /^\s*(?:\{\s*["}]|\[)/],
  // The magic and the version of a module or a component, in base64.
  ['base64', /^AGFzb[QR]/],
  ['script', /^#!/],
  // oxlint-disable-next-line no-control-regex -- text is what has no control characters but white space
  ['text', /^[^\u0000-\u0008\u000e-\u001f\ufffd]+$/],
]

const utf8 = new TextDecoder()

/** @param head the first 512 bytes of a file, or all of a shorter one. */
export function classify(head: Uint8Array): Content {
  if (head.length === 0) return 'empty'
  for (const [content, bytes, offset = 0] of MAGIC) {
    if (bytes.every((byte, position) => head[offset + position] === byte)) return content
  }
  // With `stream` the decoder leaves out a character that the end of the head divides.
  const text = utf8.decode(head.subarray(0, HEAD_BYTES), { stream: true })
  utf8.decode()
  if (/^\s*[(;]/.test(text) && /^\(\s*(?:module|component)\b/.test(afterComments(text)))
    return 'wat'
  return TEXTS.find(([, pattern]) => pattern.test(text))?.[0] ?? 'unknown'
}

/**
 * The text without the comments of the text format (core specification, section 6.3.3) and the
 * white space at its beginning.
 */
function afterComments(text: string): string {
  let at = 0
  let depth = 0
  while (at < text.length) {
    const two = text.slice(at, at + 2)
    if (two === '(;') depth++
    else if (two === ';)' && depth > 0) depth--
    else if (depth > 0 || /^\s/.test(two)) at--
    else if (two !== ';;') return text.slice(at)
    else if (text.includes('\n', at)) at = text.indexOf('\n', at) - 2
    else return ''
    at += 2
  }
  return ''
}
