import { type Finding, formatFix } from './finding.ts'

/**
 * Characters of all warnings of an answer, each as `299 - "…"`: distribution-spec v1.1, "Warnings".
 */
const LONGEST = 4096
const FRAME = '299 - ""'.length

/**
 * The texts of `Warning` headers, printable ASCII, as many as fit together. Where a text does not
 * fit with its fix, it comes alone.
 */
export function formatWarnings(findings: readonly Finding[]): string[] {
  const warnings: string[] = []
  let room = LONGEST
  for (const { text, fix } of findings) {
    const whole = fix === undefined ? text : `${text}. Instead: ${formatFix(fix)}`
    const warning = [whole, text].find((candidate) => headerLength(candidate) <= room)
    if (warning === undefined) break
    warnings.push(warning)
    room -= headerLength(warning)
  }
  return warnings
}

/** A quote or a backslash takes two characters in a header. */
function headerLength(text: string): number {
  return text.length + (text.match(/["\\]/g)?.length ?? 0) + FRAME
}
