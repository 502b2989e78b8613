import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Whoami } from '../src/api/whoami.ts'
import { HOME, type Place, placePath, SIGN_IN } from './api/paths.ts'
import { session } from './api/session.ts'
import { fill } from './language/format.ts'
import { useLanguage } from './language/language.tsx'
import { Link } from './location.tsx'
import mark from './mark.svg'
import { Foreign } from './parts/foreign.tsx'

interface FrameProps {
  readonly caller: Whoami | undefined
  readonly place: Place | undefined
  readonly onSignOut: () => void
  readonly children: ComponentChildren
}

/** The header and footer of every page. */
export function Frame({ caller, place, onSignOut, children }: FrameProps) {
  const { t, change } = useLanguage()
  return (
    <>
      <a class="skip" href="#content">
        {t.frame.skip}
      </a>
      <header class="top">
        <div class="wide">
          <Link to={HOME} class="brand">
            <img src={mark} alt="" width="24" height="24" />
            <span>{t.product}</span>
          </Link>
          {caller && <span class="host">{caller.registry}</span>}
          <span class="rest" />
          <Appearance />
          <button
            type="button"
            class="quiet"
            lang={t.other === 'English' ? 'en' : 'zh-CN'}
            onClick={change}
          >
            {t.other}
          </button>
          <Account caller={caller} onSignOut={onSignOut} />
        </div>
      </header>
      <div class="wide">
        <Trail place={place} />
        <main id="content" tabIndex={-1}>
          {children}
        </main>
      </div>
    </>
  )
}

function Account({ caller, onSignOut }: Pick<FrameProps, 'caller' | 'onSignOut'>) {
  const { t } = useLanguage()
  if (caller === undefined || caller.open) return null
  if (session() === undefined) return <Link to={SIGN_IN}>{t.frame.signIn}</Link>
  const account = caller.account ?? session()!.account
  return (
    <span class="account">
      <span title={fill(t.frame.signedInAs, { account })}>
        <Foreign text={account} longest={24} />
      </span>
      <button type="button" class="quiet" onClick={onSignOut}>
        {t.frame.signOut}
      </button>
    </span>
  )
}

/** Where a page belongs. Each part of a repository's name leads to what begins like it. */
function Trail({ place }: { readonly place: Place | undefined }) {
  const { t } = useLanguage()
  if (place === undefined) return null
  const parts = place.repository.split('/')
  return (
    <nav class="trail" aria-label={t.frame.place}>
      <ol>
        <li>
          <Link to={HOME}>{t.frame.repositories}</Link>
        </li>
        {parts.slice(0, -1).map((part, at) => {
          const prefix = `${parts.slice(0, at + 1).join('/')}/`
          return (
            <li key={prefix}>
              <Link to={`${HOME}?prefix=${encodeURIComponent(prefix)}`}>{part}</Link>
            </li>
          )
        })}
        {place.reference !== undefined && (
          <li>
            <Link to={placePath({ repository: place.repository })}>{parts.at(-1)}</Link>
          </li>
        )}
      </ol>
    </nav>
  )
}

const APPEARANCES = ['system', 'light', 'dark'] as const
const KEY = 'wasmoor.appearance'

function Appearance() {
  const { t } = useLanguage()
  const [appearance, setAppearance] = useState(recall)
  useEffect(() => {
    document.documentElement.dataset['appearance'] = appearance
    try {
      localStorage.setItem(KEY, appearance)
    } catch {
      // There is none in some private windows.
    }
  }, [appearance])
  const label = `${t.frame.appearance}: ${t.frame[appearance]}`
  return (
    <button
      type="button"
      class="quiet icon-only"
      aria-label={label}
      title={label}
      onClick={() =>
        setAppearance(APPEARANCES[(APPEARANCES.indexOf(appearance) + 1) % APPEARANCES.length]!)
      }
    >
      <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
        {appearance === 'light' && (
          <path d="M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6ZM8 1v1.500M8 13.500V15M1 8h1.500M13.500 8H15M3 3l1.100 1.100M11.900 11.900 13 13M13 3l-1.100 1.100M4.100 11.900 3 13" />
        )}
        {appearance === 'dark' && (
          <path d="M13.500 9.800A6 6 0 0 1 6.200 2.500a6 6 0 1 0 7.300 7.300Z" />
        )}
        {appearance === 'system' && (
          <path d="M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM8 2v12M8 5.500h5.400M8 8h6M8 10.500h5.400" />
        )}
      </svg>
    </button>
  )
}

function recall(): (typeof APPEARANCES)[number] {
  try {
    const kept = localStorage.getItem(KEY)
    return APPEARANCES.find((known) => known === kept) ?? 'system'
  } catch {
    return 'system'
  }
}
