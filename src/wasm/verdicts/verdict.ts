import type { Evidence, Rule, Verdict } from '../consumers/consumer.ts'

/** A verdict whose evidence depends on whose it is. */
export type Judgement = Omit<Verdict, 'evidence'>

export const FITS: Judgement = { verdict: 'ok', rule: 'fits', words: [] }
/** What the stage needs to know has not been looked at yet. */
export const NOT_LOOKED_AT: Judgement = { verdict: 'unknown', rule: 'not-looked-at', words: [] }
/** It was looked at and not understood, or lies beyond a bound. */
export const PARTLY_READ: Judgement = { verdict: 'unknown', rule: 'partly-read', words: [] }
/** Nobody outside can know. */
export const NOT_DOCUMENTED: Judgement = { verdict: 'unknown', rule: 'not-documented', words: [] }
/** The consumer has no such stage: it neither helps nor hinders. */
export const NO_SUCH_STAGE: Judgement = { verdict: 'ok', rule: 'no-such-stage', words: [] }

export function refuses(rule: Rule, ...words: string[]): Judgement {
  return { verdict: 'refuses', rule, words }
}

/** A refusal in one of several wordings. */
export function refusesInOneOf(rule: Rule, ...words: string[]): Judgement {
  return { verdict: 'refuses', rule, words, either: true }
}

export function on(evidence: Evidence, { verdict, rule, words, either }: Judgement): Verdict {
  return either ? { verdict, rule, words, either, evidence } : { verdict, rule, words, evidence }
}
