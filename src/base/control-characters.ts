/**
 * DEL, the C1 controls of ISO 6429, line separators, and the controls of Unicode that reorder text.
 * JSON leaves them as they are, and terminals obey them.
 */
const CONTROLS = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

/**
 * Writes the control characters that JSON leaves as they are in the way that JSON writes others:
 * `\u009b`.
 */
export function escapeControls(text: string): string {
  return escapeCharacters(text, CONTROLS)
}

/**
 * Writes characters as JSON strings can: `\u009b`.
 * @param characters single UTF-16 units, with the flag `g`
 */
export function escapeCharacters(text: string, characters: RegExp): string {
  return text.replaceAll(
    characters,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
