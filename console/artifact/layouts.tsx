import { useState } from 'preact/hooks'
import type { WasmReport } from '../../src/wasm/report/report.ts'
import { send } from '../api/client.ts'
import { API, placePath } from '../api/paths.ts'
import { fill } from '../language/format.ts'
import { useLanguage } from '../language/language.tsx'
import { worstOf } from '../../src/wasm/consumers/shared/verdict.ts'
import { Link } from '../location.tsx'
import type { Known } from './known.ts'
import { Failed } from '../parts/states.tsx'

const LAYOUTS = ['envoy', 'compat'] as const
type Layout = (typeof LAYOUTS)[number]

/** Conventions with the module in a raw layer, from which layouts can be derived. */
const SOURCES = new Set([
  'asm-single-layer',
  'bare-wasm',
  'module-layers',
  'solo-io-oci',
  'untyped',
  'wasm-layer',
  'wasm-to-oci',
  'wkg',
])
interface LayoutsProps {
  readonly known: Known
  readonly report: WasmReport
  readonly again: () => void
}

/**
 * One click makes the form that proxies take, where they refuse this one and the caller may push.
 */
export function Layouts({ known, report, again }: LayoutsProps) {
  const { t } = useLanguage()
  const { repository, reference, actions, body } = known
  const made = report.layouts ?? []
  const isRefused = report.consumers.some(
    (row) => row.usesLayouts && worstOf(row) === 'refuses' && row.run.verdict !== 'refuses',
  )
  const isSource = SOURCES.has(report.convention.id) && body.subject === undefined
  const isFilter = report.consumers.some(
    ({ consumer, usesLayouts }) => usesLayouts && report.convention.madeFor.includes(consumer),
  )
  const offers = isRefused && isSource && isFilter && actions.includes('push')
  if (!offers && made.length === 0) return null
  const open = LAYOUTS.filter(
    (layout) => !made.some((each) => each.layout === layout && !each.stale),
  )
  return (
    <section aria-labelledby="layouts" class="layouts">
      <h2 id="layouts">{offers ? t.layouts.title : t.layouts.list}</h2>
      {offers && <p>{t.layouts.lead}</p>}
      <ul>
        {made.map(({ layout, digest, tag, stale }) => (
          <li key={digest}>
            <Link to={placePath({ repository, reference: tag ?? digest })} class="mono">
              {tag ?? digest.slice(0, 19)}
            </Link>{' '}
            <span class="muted">
              {descriptionOf(layout, t.layouts)}
              {stale && ` · ${t.layouts.stale}`}
            </span>
          </li>
        ))}
        {offers &&
          open.map((layout) => (
            <Offer
              key={layout}
              layout={layout}
              repository={repository}
              reference={reference}
              again={again}
            />
          ))}
      </ul>
      {offers && <p class="muted small">{t.layouts.signatures}</p>}
    </section>
  )
}

function descriptionOf(layout: string, words: Readonly<Record<Layout, string>>): string {
  return LAYOUTS.includes(layout as Layout) ? words[layout as Layout] : layout
}

interface OfferProps {
  readonly layout: Layout
  readonly repository: string
  readonly reference: string
  readonly again: () => void
}

function Offer({ layout, repository, reference, again }: OfferProps) {
  const { t } = useLanguage()
  const [state, setState] = useState<'offered' | 'making' | 'made'>('offered')
  const [error, setError] = useState<unknown>(undefined)
  const tag = reference.includes(':') ? undefined : `${reference}-${layout}`
  const [place, setPlace] = useState('')
  const make = async () => {
    setState('making')
    setError(undefined)
    try {
      const response = await send(API.report(repository, reference, { layout }), { method: 'POST' })
      const digest = /sha\d+:[0-9a-f]+$/.exec(response.headers.get('Location') ?? '')?.[0]
      setPlace(placePath({ repository, reference: tag ?? digest ?? reference }))
      setState('made')
      again()
    } catch (failure) {
      setError(failure)
      setState('offered')
    }
  }
  const name = tag ?? layout
  return (
    <li>
      {state === 'made' ? (
        <Link to={place} class="mono">
          {fill(t.layouts.made, { tag: name })}
        </Link>
      ) : (
        <button
          type="button"
          class="main"
          disabled={state === 'making'}
          onClick={() => void make()}
        >
          {state === 'making' ? t.layouts.making : fill(t.layouts.make, { tag: name })}
        </button>
      )}{' '}
      <span class="muted">{t.layouts[layout]}</span>
      {error !== undefined && <Failed error={error} />}
    </li>
  )
}
