/**
 * The candidate that a mistyped word most likely means: one with the same last part of a dotted
 * path, or with few enough letters to change. Undefined if none is near.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase()
  let best: string | undefined
  let least = Math.max(2, Math.floor(word.length / 3)) + 1
  for (const candidate of candidates) {
    const known = candidate.toLowerCase()
    if (known.endsWith(`.${wanted}`)) return candidate
    const distance = editDistance(wanted, known)
    if (distance < least) [best, least] = [candidate, distance]
  }
  return best
}

/**
 * The Levenshtein distance: letters to insert, remove or replace; one row of its table at a time.
 */
function editDistance(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const replace = at(above, column - 1) + (from[row - 1] === to[column - 1] ? 0 : 1)
      current.push(Math.min(replace, at(above, column) + 1, at(current, column - 1) + 1))
    }
    above = current
  }
  return at(above, to.length)
}

const at = (row: number[], column: number): number => row[column] ?? Infinity
