import type { SeededRandom } from '../support/seeded-random.ts'

/** The text after one to four changes: pieces are removed, repeated, replaced or inserted. */
export function mutateText(text: string, random: SeededRandom, pieces: readonly string[]): string {
  let mutated = text
  for (let times = random.between(1, 4); times > 0; times--) {
    const at = random.below(mutated.length + 1)
    const end = at + random.below(24)
    const removed = random.pick(['none', 'piece', 'rest'] as const)
    const rest = { none: at, piece: end, rest: mutated.length }[removed]
    const inserted = random.chance(0.7)
      ? random.pick(pieces)
      : mutated.slice(at, end).repeat(random.below(3))
    mutated = mutated.slice(0, at) + inserted + mutated.slice(rest)
  }
  return mutated
}
