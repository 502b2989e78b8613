import type { ConsumerResult } from '../../src/wasm/assess/matrix.ts'
import { worstOf } from '../../src/wasm/consumers/shared/verdict.ts'
import { fill } from '../language/format.ts'
import { useLanguage } from '../language/language.tsx'
import { inLine } from '../language/foreign.ts'
import type { Known } from './known.ts'

/** The kind of the artifact, its consumers and their verdicts, in a sentence or two. */
export function Sentence({ known }: { readonly known: Known }) {
  const { t, language } = useLanguage()
  const { report, body } = known
  if (report === undefined) return <p class="lead">{t.artifact.noReport}</p>
  const words = t.artifact
  const { convention, module, consumers } = report
  const list = new Intl.ListFormat(language, { type: 'conjunction' })
  const namesOf = (rows: readonly ConsumerResult[]) => list.format(rows.map(({ title }) => title))
  const isFor = consumers.filter(({ consumer }) => convention.madeFor.includes(consumer))
  const refusing = isFor.filter((row) => worstOf(row) === 'refuses')
  const isSure = isFor.every((row) => worstOf(row) === 'ok')
  const tools = [...new Set(module?.wasm?.producers.items.map(({ name }) => inLine(name, 40)))]
  const what = () => {
    if (convention.id === 'none') return words.sentenceOther
    if (convention.id === 'index')
      return fill(words.sentenceIndex, { n: body.manifests?.length ?? 0 })
    const pushedAs = t.conventions[convention.id]
    if (module === undefined) return fill(words.sentencePlain, { convention: upper(pushedAs) })
    const kind = module.wasm
      ? t.module.kinds[module.wasm.kind]
      : upper(t.contentKinds[module.content].trim())
    return fill(words.sentence, { kind, convention: pushedAs })
  }
  const outcome = () => {
    if (refusing.length > 0) return fill(words.sentenceRefused, { consumers: namesOf(refusing) })
    return isSure ? words.sentenceLoads : words.sentenceUnsure
  }
  const gap = language === 'en' ? ' ' : ''
  return (
    <p class="lead">
      {what()}
      {tools.length > 0 &&
        gap + fill(words.sentenceTool, { tools: list.format(tools.slice(0, 3)) })}
      {isFor.length > 0 && (
        <>
          {gap}
          {fill(words.sentenceMade, { consumers: namesOf(isFor) })}
          {gap}
          <strong class={refusing.length > 0 ? 'bad' : isSure ? 'good' : ''}>{outcome()}</strong>
        </>
      )}
    </p>
  )
}

function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
