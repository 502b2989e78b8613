import { useEffect, useRef, useState } from 'preact/hooks'
import type { Whoami } from '../src/api/whoami.ts'
import { ask, onRefused } from './api/client.ts'
import { API, HOME, readPlace, SIGN_IN } from './api/paths.ts'
import { session, signOut } from './api/session.ts'
import { Frame } from './frame.tsx'
import { go, useWhereabouts } from './location.tsx'
import { useLanguage } from './language/language.tsx'
import { ArtifactPage } from './pages/artifact.tsx'
import { RepositoriesPage } from './pages/repositories.tsx'
import { RepositoryPage } from './pages/repository.tsx'
import { SignInPage } from './pages/sign-in.tsx'
import { Answered } from './parts/states.tsx'
import { useAnswer } from './parts/use-answer.ts'

type Need = 'none' | 'credentials' | 'expired'

/**
 * Every page in its frame. A page that needs an account shows the sign-in form in its own place.
 */
export function Console() {
  const whereabouts = useWhereabouts()
  const [need, setNeed] = useState<Need>('none')
  const [turn, setTurn] = useState(0)
  const isFirst = useRef(true)
  useEffect(() => {
    setNeed('none')
    // Screen readers announce the new page when it gets the focus.
    const content = document.querySelector<HTMLElement>('#content')!
    if (!isFirst.current && !content.contains(document.activeElement)) content.focus()
    isFirst.current = false
  }, [whereabouts.path])
  useEffect(() => onRefused((had) => setNeed(had ? 'expired' : 'credentials')), [])
  const caller = useAnswer(askCaller, `${session()?.account ?? ''} ${turn}`)
  const { t } = useLanguage()
  const place = readPlace(whereabouts.path)
  useEffect(() => {
    const name = [place?.repository, place?.reference].filter(Boolean).join(' · ')
    document.title = [name === '' ? t.repositories.title : name, t.product].join(' – ')
  }, [whereabouts.path, t])

  const signedIn = () => {
    setNeed('none')
    setTurn((before) => before + 1)
    if (whereabouts.path === SIGN_IN) go(HOME, { replace: true })
  }
  const leave = () => {
    signOut()
    setTurn((before) => before + 1)
    go(HOME)
  }
  const known = caller.state === 'done' ? caller.value : undefined
  const isClosed = known && !known.open && !known.anonymousPull && session() === undefined
  const wants = need !== 'none' || whereabouts.path === SIGN_IN || isClosed
  return (
    <Frame caller={known} place={place} onSignOut={leave}>
      {wants ? (
        <SignInPage
          registry={known?.registry ?? window.location.host}
          why={need === 'none' && isClosed ? 'credentials' : need}
          onDone={signedIn}
        />
      ) : (
        <Answered asked={caller}>
          {(value) => <Page key={turn} caller={value} path={whereabouts.path} />}
        </Answered>
      )}
    </Frame>
  )
}

function Page({ caller, path }: { readonly caller: Whoami; readonly path: string }) {
  const place = readPlace(path)
  if (place === undefined) return <RepositoriesPage caller={caller} />
  const { repository, reference } = place
  if (reference === undefined)
    return <RepositoryPage key={repository} caller={caller} repository={repository} />
  return (
    <ArtifactPage
      key={`${repository} ${reference}`}
      caller={caller}
      repository={repository}
      reference={reference}
    />
  )
}

async function askCaller(signal: AbortSignal): Promise<Whoami> {
  return (await ask<Whoami>(API.session, { signal })).body
}
