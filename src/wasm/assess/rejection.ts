import { type Finding, formatFix } from './finding.ts'

/** Findings in the details of an error; more would repeat them. */
const MOST_FINDINGS = 8

/** The rejection of a push: one sentence for people, the rules for programs. */
export interface Rejection {
  readonly message: string
  readonly detail: {
    readonly findings: readonly Pick<Finding, 'rule' | 'consumers' | 'parameters'>[]
  }
}

/** The rejection of a push for at least one finding; the sentence is about the first one. */
export function rejectionOf(findings: readonly [Finding, ...Finding[]]): Rejection {
  const [{ text, fix }] = findings
  return {
    message: fix === undefined ? text : `${text}; ${formatFix(fix)}`,
    detail: {
      findings: findings
        .slice(0, MOST_FINDINGS)
        .map(({ rule, consumers, parameters }) => ({ rule, consumers, parameters })),
    },
  }
}
