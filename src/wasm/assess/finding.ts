import type { RuleId } from '../consumers/consumer.ts'
import type { ConsumerId } from '../consumers/ids.ts'
import type { Damage, Oddity } from '../read/facts.ts'

export type ErrorRule = 'layer-is-not-wasm' | Damage['rule']

export type Stage = 'pull' | 'run'

/** The refusal of a consumer at a stage. */
export type RefusalRule = `${Stage}-${RuleId}`

/** Further reasons of a policy that enforces. */
export type PolicyRule = 'not-wasm' | 'untyped' | `${Stage}-unknown`

/** Messages of a push about derived layouts; never part of a report. */
type PushRule = 'layout-derived' | 'layout-tag-taken'

export type HintRule =
  | Oddity['rule']
  | 'component-prototype'
  | 'config-layer-digests'
  | 'config-os'
  | 'config-type'
  | 'debug-info'
  | 'empty-config'
  | 'large'
  | 'layout-signatures'
  | 'layout-stale'
  | 'object-file'
  | 'original-signatures'
  | 'other-file-name'
  | 'partly-read'
  | 'precompiled'
  | 'tag-latest'
  | 'tag-not-semver'
  | 'to-be-wrapped'
  | 'too-large'

/** The fix of a finding: an advice, a command, or an advice with a command that follows it. */
export interface Fix {
  readonly text?: string
  readonly command?: string
  /** An alternative fix. */
  readonly or?: Fix
}

/**
 * An observation about an artifact. Programs and translators use the data, people the English text;
 * {@link formatFinding} makes one sentence of text and fix.
 */
export interface Finding {
  readonly rule: ErrorRule | RefusalRule | PolicyRule | PushRule | HintRule
  /**
   * An error is rejected at the push. A warning says that a consumer which the artifact is made for
   * will refuse it. Info is in the report only.
   */
  readonly severity: 'error' | 'warning' | 'info'
  /** The stage at which the consumers refuse, or may refuse. */
  readonly stage?: Stage
  /** The consumers that it is about; empty where it is about the artifact itself. */
  readonly consumers: readonly ConsumerId[]
  readonly parameters: Readonly<Record<string, string | number>>
  /** A clause without a full stop. */
  readonly text: string
  readonly fix?: Fix
}

/** `advice: command, or …` */
export function formatFix({ text, command, or }: Fix): string {
  const first = [text, command].filter((part) => part !== undefined).join(': ')
  return or === undefined ? first : `${first}, or ${formatFix(or)}`
}

/** The consumers that some findings are about. */
export function consumersOf(findings: readonly Finding[]): ConsumerId[] {
  return [...new Set(findings.flatMap(({ consumers }) => consumers))]
}
