/** Characters of an untrusted name in a message. */
const LONGEST_NAME = 64

/**
 * Untrusted text for a header or an error: printable ASCII without quotes and backslashes, at most
 * `longest` characters.
 */
export function printable(text: string, longest = LONGEST_NAME): string {
  // Nearly all texts are plain and need no escaping.
  if (/^[ !#-[\]-~]*$/.test(text)) {
    return text.length <= longest ? text : `${text.slice(0, longest - 3)}...`
  }
  let escaped = ''
  for (const character of text) {
    const plain = /^[ -~]$/.test(character) && !/["\\]/.test(character)
    escaped += plain ? character : `{${character.codePointAt(0)!.toString(16)}}`
    if (escaped.length > longest) return `${escaped.slice(0, longest - 3)}...`
  }
  return escaped
}

/**
 * An untrusted file name or media type for a command line; the replacement if a shell could
 * interpret any part of it.
 */
export function inCommand(name: string | undefined, replacement: string): string {
  const plain = name !== undefined && /^[A-Za-z0-9_.][A-Za-z0-9_./+-]*$/.test(name)
  return plain && name.length <= LONGEST_NAME ? name : replacement
}
