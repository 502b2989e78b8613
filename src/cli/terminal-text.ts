/**
 * Untrusted text for a terminal: control, formatting and bidirectional characters are shown as
 * their numbers, so that they neither change the terminal nor hide other text.
 * @param lines whether line breaks stay
 */
export function terminalText(text: string, { lines = false } = {}): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) =>
    lines && character === '\n' ? character : `{${character.codePointAt(0)!.toString(16)}}`,
  )
}
