import type { Evidence, RuleId, Verdict } from '../consumer.ts'

/** A verdict without its evidence, which each consumer adds. */
export type Outcome = Omit<Verdict, 'evidence'>

export const FITS: Outcome = { verdict: 'ok', rule: 'fits', words: [] }
/** The stage depends on a file that has not been inspected yet. */
export const NOT_LOOKED_AT: Outcome = { verdict: 'unknown', rule: 'not-looked-at', words: [] }
/** The file was inspected, but not understood, or exceeds a bound. */
export const PARTLY_READ: Outcome = { verdict: 'unknown', rule: 'partly-read', words: [] }
/** Neither documented nor visible in published source code. */
export const NOT_DOCUMENTED: Outcome = { verdict: 'unknown', rule: 'not-documented', words: [] }
/** The consumer has no such stage: it neither helps nor hinders. */
export const NO_SUCH_STAGE: Outcome = { verdict: 'ok', rule: 'no-such-stage', words: [] }

export function refuses(rule: RuleId, ...words: string[]): Outcome {
  return { verdict: 'refuses', rule, words }
}

/** A refusal in one of several wordings. */
export function refusesInOneOf(rule: RuleId, ...words: string[]): Outcome {
  return { verdict: 'refuses', rule, words, either: true }
}

/** The worse of the verdicts on the two stages. */
export function worstOf({ pull, run }: Record<'pull' | 'run', Verdict>): Verdict['verdict'] {
  const verdicts = [pull.verdict, run.verdict]
  return (['refuses', 'unknown'] as const).find((each) => verdicts.includes(each)) ?? 'ok'
}

export function withEvidence(
  evidence: Evidence,
  { verdict, rule, words, either }: Outcome,
): Verdict {
  return either ? { verdict, rule, words, either, evidence } : { verdict, rule, words, evidence }
}
