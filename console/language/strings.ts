import type { Rule } from '../../src/wasm/consumers/consumer.ts'
import type { AdviceRule, LieRule, PolicyRule } from '../../src/wasm/findings/finding.ts'
import type { Content } from '../../src/wasm/reader/content.ts'
import type { METADATA, WasmKind } from '../../src/wasm/reader/facts.ts'
import type { ConventionId } from '../../src/wasm/recognise.ts'
import type { SnippetKind } from '../../src/wasm/snippets/snippets.ts'
import type { en } from './en.ts'

/** A text for each of a set, which the compiler holds complete. */
type Each<Key extends string> = Readonly<Record<Key, string>>

type Widened<Value> = Value extends string
  ? string
  : { readonly [Key in keyof Value]: Widened<Value[Key]> }

/** What a language has to say, whatever the registry has found. */
export type Strings = Widened<typeof en> & {
  readonly rules: Each<Rule>
  readonly findings: { readonly rules: Each<LieRule | PolicyRule | AdviceRule> }
  readonly contentKinds: Each<Content>
  readonly conventions: Each<ConventionId>
  readonly kinds: Each<ConventionId>
  readonly module: {
    readonly kinds: Each<WasmKind>
    readonly metadata: Each<(typeof METADATA)[number]>
  }
  readonly deploy: { readonly kinds: Each<SnippetKind> }
}
