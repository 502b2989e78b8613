import { stringify, type ToStringOptions } from 'yaml'

const LONGEST_COMMENT = 600
const QUOTED: ToStringOptions = {
  defaultStringType: 'QUOTE_DOUBLE',
  defaultKeyType: 'PLAIN',
  lineWidth: 0,
}

/** A line that is only a comment, in YAML and in a shell. */
export function comment(text: string): string {
  const plain = text.replaceAll(
    /[^ -~]/gu,
    (character) => `{${character.codePointAt(0)!.toString(16)}}`,
  )
  return `# ${plain.slice(0, LONGEST_COMMENT)}\n`
}

export function comments(texts: readonly string[]): string {
  return texts.map(comment).join('')
}

/**
 * A YAML document. Every text is quoted, because readers differ on whether `on`, `1e3` and `12:30`
 * are texts.
 */
export function yamlDocument(about: readonly string[], body: object): string {
  return comments(about) + stringify(body, undefined, QUOTED)
}

/**
 * A word of a POSIX shell's command line, without control characters, which terminals would
 * interpret.
 */
export function shellWord(text: string): string {
  const harmless = text.replaceAll(/\p{Cc}/gu, '')
  if (/^[A-Za-z0-9_.,:/@%+=-]+$/.test(harmless)) return harmless
  return `'${harmless.replaceAll("'", String.raw`'\''`)}'`
}

/** A command line; its words are quoted where that is needed. */
export function shellLine(...words: readonly string[]): string {
  return `${words.map(shellWord).join(' ')}\n`
}
