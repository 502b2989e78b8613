import type { Finding } from '../../src/wasm/assess/finding.ts'
import type { Strings } from '../language/strings.ts'

export interface TranslatedFix {
  /** An advice, in the language of the page. */
  readonly advice?: string
  readonly command?: string
}

/**
 * The fix of a finding; the registry writes advice in English, and the finding's rule translates
 * it.
 */
export function fixOf(finding: Finding, t: Strings): TranslatedFix {
  const { severity, fix } = finding
  if (fix === undefined) return {}
  const { text, command } = fix
  const fixes: Readonly<Record<string, string>> = t.fixes
  const translated = severity === 'error' ? t.fixes.error : fixes[reasonOf(finding)]
  return {
    ...(text !== undefined && { advice: translated ?? text }),
    ...(command !== undefined && { command }),
  }
}

/** The rule without the stage. */
export function reasonOf({ rule, stage }: Finding): string {
  return stage === undefined ? rule : rule.slice(stage.length + 1)
}
