import type { Finding } from '../../src/wasm/assess/finding.ts'
import type { Strings } from '../language/strings.ts'

export interface Fix {
  /** What to do, in the language of the page. */
  readonly todo?: string
  /** What to type. */
  readonly command?: string
}

const COMMAND =
  /(?:^|: )((?:POST|cosign|cp|crane|docker|kwctl|oras|spin|tar|wasm-tools|wkg) [\s\S]*)$/

/** A fix is a command, a sentence, or a sentence with a command at its end; sentences are translated by the finding's rule. */
export function fixOf({ rule, severity, fix }: Finding, t: Strings): Fix {
  if (fix === undefined) return {}
  const command = COMMAND.exec(fix)?.[1]
  if (command === fix) return { command }
  const fixes: Readonly<Record<string, string>> = t.fixes
  const todo = severity === 'error' ? t.fixes.error : fixes[rule.replace(/^(?:pull|run)-/, '')]
  return { todo: todo ?? fix, ...(command !== undefined && { command }) }
}
