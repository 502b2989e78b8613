import type { RuleId } from '../consumers/consumer.ts'
import type { Damage, Oddity } from '../read/facts.ts'

export type ErrorRule = 'layer-is-not-wasm' | Damage['rule']

/** A consumer's refusal, by the stage at which it happens. */
export type RefusalRule = `pull-${RuleId}` | `run-${RuleId}`

/** What a policy that enforces says beside that. */
export type PolicyRule = 'not-wasm' | 'untyped' | 'pull-unknown' | 'run-unknown'

/** What who pushes is told of layouts that come with the push; never in a report. */
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

/** Something to say about an artifact: `rule` and `parameters` for programs and translators, `text` and `fix` in English. */
export interface Finding {
  readonly rule: ErrorRule | RefusalRule | PolicyRule | PushRule | HintRule
  /** A lie is refused; a trap is told when a consumer that matters falls into it; advice stands in the report. */
  readonly severity: 'error' | 'warning' | 'info'
  readonly parameters: Readonly<Record<string, string | number>>
  readonly text: string
  /** A command that does it right, or what to do. */
  readonly fix?: string
}
