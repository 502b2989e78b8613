import type { Finding } from './finding.ts'

/** distribution-spec v1.1, "Warnings": all of them together, each as `299 - "…"`. */
const LONGEST = 4096
const AROUND = '299 - ""'.length

/**
 * Texts for `Warning` headers, printable ASCII, that fit together with what stands around them. Where a text and its fix do not
 * fit the text alone is told.
 */
export function warningTexts(findings: readonly Finding[]): string[] {
  const texts: string[] = []
  let room = LONGEST
  for (const { text, fix } of findings) {
    const told = [fix === undefined ? text : `${text}. Instead: ${fix}`, text].find(
      (candidate) => lengthOf(candidate) <= room,
    )
    if (told === undefined) break
    texts.push(told)
    room -= lengthOf(told)
  }
  return texts
}

/** In a header a quote or a backslash takes two characters. */
function lengthOf(text: string): number {
  return text.length + (text.match(/["\\]/g)?.length ?? 0) + AROUND
}
