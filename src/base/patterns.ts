/** Whether a name matches. */
export type Matcher = (name: string) => boolean

const ANYTHING = '**'
/** A wildcard, or text that stands for itself. */
const PIECE = /\*\*|[*?]|[^*?]+/g

/**
 * A pattern of names: `*` is anything within one part, `**` anything at all, `?` one character;
 * `asm/**` is everything below `asm/`, `**` everything.
 *
 * The names come from anybody, so there is no backtracking: each piece of the pattern leads from
 * all positions in the name that the pieces before it can reach, in ascending order, to the next
 * ones. That takes at most the length of the pattern times that of the name.
 */
export class Pattern {
  /** Without `**` at the end. */
  readonly #pieces: readonly string[]
  readonly #isOpen: boolean

  constructor(text: string) {
    const pieces = text.match(PIECE) ?? []
    this.#isOpen = pieces.at(-1) === ANYTHING
    this.#pieces = this.#isOpen ? pieces.slice(0, -1) : pieces
  }

  matches(name: string): boolean {
    return this.#accepts(name, this.#follow(name))
  }

  /** Whether some name that begins with `head` matches. */
  matchesSomeWith(head: string): boolean {
    let positions: readonly number[] = [0]
    for (const piece of this.#pieces) {
      if (positions.length === 0) return false
      const goesOn = positions.some((position) => piece.startsWith(head.slice(position)))
      if (piece === ANYTHING || goesOn) return true
      positions = step(piece, head, positions)
    }
    return this.#accepts(head, positions)
  }

  /** Whether every name that begins with `head` matches, because the pattern ends in `**`. */
  matchesAllWith(head: string): boolean {
    return this.#isOpen && this.#follow(head).length > 0
  }

  #follow(name: string): readonly number[] {
    let positions: readonly number[] = [0]
    for (const piece of this.#pieces) {
      positions = step(piece, name, positions)
      if (positions.length === 0) break
    }
    return positions
  }

  #accepts(name: string, positions: readonly number[]): boolean {
    return this.#isOpen ? positions.length > 0 : positions.at(-1) === name.length
  }
}

export function pattern(text: string): Matcher {
  const compiled = new Pattern(text)
  return (name) => compiled.matches(name)
}

/** Several patterns: a name matches if it matches one of them. */
export class Patterns {
  readonly #patterns: readonly Pattern[]

  constructor(texts: readonly string[]) {
    this.#patterns = texts.map((text) => new Pattern(text))
  }

  matches(name: string): boolean {
    return this.#patterns.some((each) => each.matches(name))
  }

  /** Whether some name that begins with `head` matches. */
  matchesSomeWith(head: string): boolean {
    return this.#patterns.some((each) => each.matchesSomeWith(head))
  }

  /** Whether every name that begins with `head` matches one and the same pattern. */
  matchesAllWith(head: string): boolean {
    return this.#patterns.some((each) => each.matchesAllWith(head))
  }
}

export function anyPattern(texts: readonly string[]): Matcher {
  const patterns = new Patterns(texts)
  return (name) => patterns.matches(name)
}

function step(piece: string, name: string, positions: readonly number[]): readonly number[] {
  if (piece === ANYTHING) return range(positions[0]!, name.length)
  if (piece === '*') return withinParts(name, positions)
  if (piece === '?') return positions.filter((at) => !isEnd(name, at)).map((at) => at + 1)
  return positions.filter((at) => name.startsWith(piece, at)).map((at) => at + piece.length)
}

/** The positions from each given one to the end of its part. */
function withinParts(name: string, positions: readonly number[]): number[] {
  const reached: number[] = []
  for (const start of positions) {
    if (start <= (reached.at(-1) ?? -1)) continue
    let end = start
    while (!isEnd(name, end)) end++
    reached.push(...range(start, end))
  }
  return reached
}

function isEnd(name: string, at: number): boolean {
  return at >= name.length || name[at] === '/'
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at)
}
