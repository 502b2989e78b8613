import type { Finding } from './finding.ts'

/** Findings that an answer names; the rest would say the same again. */
const NAMED = 8

/** What an error answer says: one sentence for people, the rules for programs. */
export interface Refusal {
  readonly message: string
  readonly detail: {
    readonly findings: readonly Pick<Finding, 'rule' | 'parameters'>[]
  }
}

/** The refusal of a push for at least one finding, of which the first is put into words. */
export function refusalOf(findings: readonly [Finding, ...Finding[]]): Refusal {
  const [{ text, fix }] = findings
  return {
    message: fix === undefined ? text : `${text}; ${fix}`,
    detail: {
      findings: findings.slice(0, NAMED).map(({ rule, parameters }) => ({ rule, parameters })),
    },
  }
}
