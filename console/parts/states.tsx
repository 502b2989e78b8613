import type { ComponentChildren } from 'preact'
import { Failure } from '../api/failure.ts'
import { fill } from '../language/format.ts'
import { useLanguage } from '../language/language.tsx'
import { Foreign } from './foreign.tsx'
import type { Asked } from './use-answer.ts'

interface AnsweredProps<Value> {
  readonly asked: Asked<Value>
  readonly children: (value: Value) => ComponentChildren
  /** Bars shown while it loads. */
  readonly bars?: number
}

/** The answer to a request, or the state of the request. */
export function Answered<Value>({ asked, children, bars = 4 }: AnsweredProps<Value>) {
  if (asked.state === 'loading') return <Loading bars={bars} />
  if (asked.state === 'failed') return <Failed error={asked.error} again={asked.again} />
  return <>{children(asked.value)}</>
}

function Loading({ bars }: { readonly bars: number }) {
  const { t } = useLanguage()
  return (
    <div class="loading" role="status">
      <span class="unseen">{t.states.loading}</span>
      {Array.from({ length: bars }, (_, at) => (
        <span key={at} class="bar" />
      ))}
    </div>
  )
}

interface FailedProps {
  readonly error: unknown
  readonly again?: () => void
}

/** A failure, its meaning and the next step. */
export function Failed({ error, again }: FailedProps) {
  const { t } = useLanguage()
  const { title, help } = useExplanation(error)
  const said = error instanceof Failure && error.status > 0 ? error.message : ''
  return (
    <div class="notice bad" role="alert">
      <strong>{title}</strong>
      <p>{help}</p>
      {said !== '' && (
        <p class="said">
          {t.states.says}{' '}
          <q lang="en">
            <Foreign text={said} longest={600} />
          </q>
        </p>
      )}
      {again && (
        <button type="button" class="plain" onClick={again}>
          {t.actions.again}
        </button>
      )}
    </div>
  )
}

function useExplanation(error: unknown): { title: string; help: string } {
  const { states } = useLanguage().t
  if (!(error instanceof Failure)) return { title: states.failed, help: String(error) }
  switch (error.status) {
    case 0:
      return { title: states.unreachable, help: states.unreachableHelp }
    case 403:
      return { title: states.denied, help: states.deniedHelp }
    case 404:
      return { title: states.notFound, help: states.notFoundHelp }
    case 429:
      return { title: states.busy, help: states.busyHelp }
    default:
      return { title: states.failed, help: fill(states.failedHelp, { id: error.requestId ?? '–' }) }
  }
}

interface EmptyProps {
  readonly title: string
  readonly children: ComponentChildren
}

/** Nothing is there, and what can be done about it. */
export function Empty({ title, children }: EmptyProps) {
  return (
    <div class="empty">
      <strong>{title}</strong>
      {children}
    </div>
  )
}
