import type { RuleId } from '../../src/wasm/consumers/consumer.ts'
import type { HintRule, ErrorRule, PolicyRule } from '../../src/wasm/assess/finding.ts'
import type { Content } from '../../src/wasm/read/content.ts'
import type { METADATA, WasmKind } from '../../src/wasm/read/facts.ts'
import type { ConventionId } from '../../src/wasm/model/convention.ts'
import type { en } from './en.ts'

/** A text for each of a set, which the compiler holds complete. */
type Each<Key extends string> = Readonly<Record<Key, string>>

type Widened<Value> = Value extends string
  ? string
  : { readonly [Key in keyof Value]: Widened<Value[Key]> }

/** The texts of the console in one language. */
export type Strings = Widened<typeof en> & {
  readonly rules: Each<RuleId>
  readonly findings: { readonly rules: Each<ErrorRule | PolicyRule | HintRule> }
  readonly contentKinds: Each<Content>
  readonly conventions: Each<ConventionId>
  readonly kinds: Each<ConventionId>
  readonly module: {
    readonly kinds: Each<WasmKind>
    readonly metadata: Each<(typeof METADATA)[number]>
  }
}
