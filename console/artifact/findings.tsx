import type { Finding } from '../../src/wasm/assess/finding.ts'
import type { ConsumerResult } from '../../src/wasm/assess/matrix.ts'
import { inLine } from '../language/foreign.ts'
import { fill } from '../language/format.ts'
import { useLanguage } from '../language/language.tsx'
import type { Strings } from '../language/strings.ts'
import { Command } from '../parts/copy.tsx'
import { fixOf, reasonOf } from './fix.ts'

interface FindingsProps {
  readonly findings: readonly Finding[]
  readonly consumers: readonly ConsumerResult[]
}

/** The findings of a report, each with its fix. */
export function Findings({ findings, consumers }: FindingsProps) {
  const { t, language } = useLanguage()
  if (findings.length === 0) return null
  const named = (ids: readonly string[]) => {
    const titles = ids.map((id) => consumers.find(({ consumer }) => consumer === id)?.title ?? id)
    return new Intl.ListFormat(language, { type: 'conjunction' }).format(titles)
  }
  return (
    <section aria-labelledby="findings">
      <h2 id="findings">{t.findings.title}</h2>
      <ul class="findings">
        {findings.map((finding) => {
          const { command, advice } = fixOf(finding, t)
          return (
            <li key={`${finding.rule} ${finding.text}`} class={finding.severity}>
              <span class="level">{t.findings.severities[finding.severity]}</span>
              <div>
                <p>
                  {textOf(finding, t, named)} {finding.severity === 'warning' && reason(finding, t)}
                </p>
                <Words finding={finding} />
                {advice !== undefined && <p>{advice}</p>}
                {command !== undefined && (
                  <>
                    <p class="muted small">{t.findings.fix}</p>
                    <Command text={command} />
                  </>
                )}
              </div>
            </li>
          )
        })}
      </ul>
    </section>
  )
}

function textOf(finding: Finding, t: Strings, named: (ids: readonly string[]) => string): string {
  const { rule, severity, stage, parameters } = finding
  const who = named(finding.consumers)
  const texts: Readonly<Record<string, string>> = t.findings.rules
  const text = texts[rule]
  if (text === undefined) {
    if (severity === 'warning')
      return fill(stage === 'run' ? t.findings.refusedRun : t.findings.refusedPull, { who })
    // A newer registry may know more rules than this page.
    return inLine(finding.text)
  }
  const kinds: Readonly<Record<string, string>> = t.contentKinds
  const shown = Object.entries(parameters).map(([name, value]): [string, string | number] => {
    if (name === 'content') return [name, kinds[value] ?? value]
    return [name, typeof value === 'string' ? inLine(value, 80) : value]
  })
  return fill(text, { who, ...Object.fromEntries(shown) })
}

function reason(finding: Finding, t: Strings): string {
  const rules: Readonly<Record<string, string>> = t.rules
  return rules[reasonOf(finding)] ?? ''
}

function Words({ finding: { severity, parameters } }: { readonly finding: Finding }) {
  const words = parameters['words']
  if (severity !== 'warning' || typeof words !== 'string' || words === '') return null
  return (
    <p class="words" lang="en">
      <code>{inLine(words, 500)}</code>
    </p>
  )
}
