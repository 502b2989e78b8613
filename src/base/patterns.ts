/** Whether a name matches. */
export type Matcher = (name: string) => boolean

/**
 * A pattern of names: `*` is anything within one part, `**` anything at all, `?` one character;
 * `asm/**` is everything
 * below `asm/`, `**` everything.
 */
export function pattern(text: string): Matcher {
  const source = text.replaceAll(/\*\*|[*?]|[^*?]+/g, (piece) => {
    if (piece === '**') return '.*'
    if (piece === '*') return '[^/]*'
    if (piece === '?') return '[^/]'
    return piece.replaceAll(/[\\^$.|+()[\]{}]/g, String.raw`\$&`)
  })
  const expression = new RegExp(`^${source}$`)
  return (name) => expression.test(name)
}

export function anyPattern(texts: readonly string[]): Matcher {
  const matchers = texts.map(pattern)
  return (name) => matchers.some((matches) => matches(name))
}
