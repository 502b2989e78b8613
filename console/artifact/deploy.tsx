import { useState } from 'preact/hooks'
import type { SnippetKind } from '../../src/wasm/snippets/snippets.ts'
import { askText } from '../api/client.ts'
import { API } from '../api/paths.ts'
import { fill } from '../language/format.ts'
import { useLanguage } from '../language/language.tsx'
import type { Known } from './known.ts'
import { Snippet } from '../parts/copy.tsx'
import { Answered } from '../parts/states.tsx'
import { useAnswer } from '../parts/use-answer.ts'
import { PullSecret } from './pull-secret.tsx'
import { worstOf } from './sentence.tsx'

/** The texts with which an artifact is put to work, written by the registry. */
export function Deploy({ known }: { readonly known: Known }) {
  const { t } = useLanguage()
  const kinds = (Object.keys(t.deploy.kinds) as SnippetKind[]).filter(
    (kind) => kind !== 'kubernetes-secret',
  )
  const [kind, setKind] = useState<SnippetKind>(() => firstOf(known, kinds))
  const row = known.report?.consumers.find(({ consumer }) => consumer === kind)
  return (
    <>
      <section aria-labelledby="deploy">
        <h2 id="deploy">{t.deploy.title}</h2>
        <p class="muted">{t.deploy.lead}</p>
        <div class="choices" role="group" aria-labelledby="deploy">
          {kinds.map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={each === kind}
              onClick={() => setKind(each)}
            >
              {t.deploy.kinds[each]}
            </button>
          ))}
        </div>
        {row && worstOf(row) === 'refuses' && (
          <p class="notice">{fill(t.deploy.refusedHere, { consumer: row.title })}</p>
        )}
        <Written key={kind} known={known} kind={kind} />
      </section>
      {!known.caller.open && <PullSecret host={known.caller.registry} />}
    </>
  )
}

/** That of the first consumer that it is made for. */
function firstOf({ report }: Known, kinds: readonly SnippetKind[]): SnippetKind {
  const loading = report?.consumers.filter((row) => worstOf(row) !== 'refuses') ?? []
  const wanted = [
    ...loading
      .map(({ consumer }) => consumer)
      .filter((id) => report?.convention.madeFor.includes(id)),
    ...(report?.convention.madeFor ?? []),
  ]
  return kinds.find((kind) => wanted.some((id) => id === kind)) ?? 'oras'
}

function Written({ known, kind }: { readonly known: Known; readonly kind: SnippetKind }) {
  const { t } = useLanguage()
  const path = API.snippet(known.repository, known.reference, kind)
  const asked = useAnswer((signal) => askText(path, { signal }), path)
  return (
    <Answered asked={asked} bars={6}>
      {(text) => <Snippet text={text} title={t.deploy.kinds[kind]} />}
    </Answered>
  )
}
