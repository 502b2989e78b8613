import { useEffect, useRef } from 'preact/hooks'
import { useLanguage } from '../language/language.tsx'
import { go, Link, useWhereabouts, withQuery } from '../location.tsx'

interface PageTurnsProps {
  /** Path of the API's next page. */
  readonly next: string | undefined
  readonly isFirst: boolean
}

/** To the next page and back to the first; to the one before leads the browser's own way back. */
export function PageTurns({ next, isFirst }: PageTurnsProps) {
  const { t } = useLanguage()
  const whereabouts = useWhereabouts()
  if (next === undefined && isFirst) return null
  const last = new URLSearchParams(next?.split('?')[1]).get('last') ?? undefined
  return (
    <nav class="turns" aria-label={t.actions.next}>
      {!isFirst && <Link to={withQuery(whereabouts, { last: undefined })}>{t.actions.first}</Link>}
      {next !== undefined && <Link to={withQuery(whereabouts, { last })}>{t.actions.next}</Link>}
    </nav>
  )
}

/** Time without a key after which it is searched. Milliseconds. */
const PAUSE = 250

/**
 * Searches while one types. The prefix is in the address of the page, so that it can be come back
 * to.
 */
export function PrefixSearch({ label, value }: { readonly label: string; readonly value: string }) {
  const { t } = useLanguage()
  const whereabouts = useWhereabouts()
  const field = useRef<HTMLInputElement>(null)
  const timer = useRef(0)
  useEffect(() => () => window.clearTimeout(timer.current), [])
  const search = () => {
    window.clearTimeout(timer.current)
    const prefix = field.current!.value.trim()
    if (prefix === value) return
    go(withQuery(whereabouts, { prefix, last: undefined }), { replace: true })
  }
  return (
    <form
      class="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault()
        search()
      }}
    >
      <label>
        <span>{label}</span>
        <input
          ref={field}
          type="search"
          defaultValue={value}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          maxLength={255}
          onInput={() => {
            window.clearTimeout(timer.current)
            timer.current = window.setTimeout(search, PAUSE)
          }}
        />
      </label>
      <button type="submit" class="unseen">
        {t.repositories.searchButton}
      </button>
    </form>
  )
}
