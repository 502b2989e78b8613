import { useState } from 'preact/hooks'
import { askText } from '../api/client.ts'
import { API } from '../api/paths.ts'
import { fill } from '../language/format.ts'
import { useLanguage } from '../language/language.tsx'
import { worstOf } from '../../src/wasm/consumers/shared/verdict.ts'
import type { Known } from './known.ts'
import { Snippet } from '../parts/copy.tsx'
import { Answered } from '../parts/states.tsx'
import { useAnswer } from '../parts/use-answer.ts'
import { PullSecret } from './pull-secret.tsx'

interface Kind {
  readonly id: string
  readonly title: string
}

/** A client for which the registry writes a text, and that is not a consumer. */
const ORAS: Kind = { id: 'oras', title: 'oras' }

/** The deployment texts of an artifact, written by the registry. */
export function Deploy({ known }: { readonly known: Known }) {
  const { t } = useLanguage()
  const rows = known.report?.consumers.filter(({ hasSnippet }) => hasSnippet) ?? []
  const kinds = [...rows.map(({ consumer, title }) => ({ id: consumer, title })), ORAS]
  const [kind, setKind] = useState<Kind>(() => firstOf(known, kinds))
  const row = rows.find(({ consumer }) => consumer === kind.id)
  return (
    <>
      <section aria-labelledby="deploy">
        <h2 id="deploy">{t.deploy.title}</h2>
        <p class="muted">{t.deploy.lead}</p>
        <div class="choices" role="group" aria-labelledby="deploy">
          {kinds.map((each) => (
            <button
              key={each.id}
              type="button"
              aria-pressed={each.id === kind.id}
              onClick={() => setKind(each)}
            >
              {each.title}
            </button>
          ))}
        </div>
        {row && worstOf(row) === 'refuses' && (
          <p class="notice">{fill(t.deploy.refusedHere, { consumer: row.title })}</p>
        )}
        <Written key={kind.id} known={known} kind={kind} />
      </section>
      {!known.caller.open && <PullSecret host={known.caller.registry} />}
    </>
  )
}

/** The first consumer that the artifact is made for, if possible one that loads it. */
function firstOf({ report }: Known, kinds: readonly Kind[]): Kind {
  const madeFor: readonly string[] = report?.convention.madeFor ?? []
  const loading: readonly string[] =
    report?.consumers.filter((row) => worstOf(row) !== 'refuses').map(({ consumer }) => consumer) ??
    []
  const wanted = [...loading.filter((id) => madeFor.includes(id)), ...madeFor]
  return kinds.find(({ id }) => wanted.includes(id)) ?? ORAS
}

function Written({ known, kind }: { readonly known: Known; readonly kind: Kind }) {
  const path = API.snippet(known.repository, known.reference, kind.id)
  const asked = useAnswer((signal) => askText(path, { signal }), path)
  return (
    <Answered asked={asked} bars={6}>
      {(text) => <Snippet text={text} title={kind.title} />}
    </Answered>
  )
}
