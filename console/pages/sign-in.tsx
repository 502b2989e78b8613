import { useEffect, useRef, useState } from 'preact/hooks'
import { Failure } from '../api/failure.ts'
import { signIn } from '../api/session.ts'
import { fill } from '../language/format.ts'
import { useLanguage } from '../language/language.tsx'
import { Failed } from '../parts/states.tsx'

interface SignInProps {
  readonly registry: string
  readonly why: 'none' | 'credentials' | 'expired'
  readonly onDone: () => void
}

export function SignInPage({ registry, why, onDone }: SignInProps) {
  const { t } = useLanguage()
  const [isSending, setIsSending] = useState(false)
  const [error, setError] = useState<unknown>(undefined)
  const account = useRef<HTMLInputElement>(null)
  const password = useRef<HTMLInputElement>(null)
  useEffect(() => account.current?.focus(), [])
  const submit = async (event: Event) => {
    event.preventDefault()
    setIsSending(true)
    setError(undefined)
    try {
      await signIn(account.current!.value, password.current!.value)
      onDone()
    } catch (failure) {
      setError(failure)
      password.current!.value = ''
      password.current!.focus()
    } finally {
      setIsSending(false)
    }
  }
  const isWrong = error instanceof Failure && error.status === 401
  return (
    <form class="sign-in" onSubmit={(event) => void submit(event)}>
      <h1>{t.signIn.title}</h1>
      {why === 'expired' && <p class="notice">{t.signIn.expired}</p>}
      <p class="lead">
        {why === 'credentials' && `${t.signIn.needed} `}
        {fill(t.signIn.lead, { registry })}
      </p>
      <label>
        {t.signIn.account}
        <input
          ref={account}
          name="account"
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          required
        />
      </label>
      <label>
        {t.signIn.password}
        <input
          ref={password}
          name="password"
          type="password"
          autocomplete="current-password"
          required
          aria-invalid={isWrong}
          aria-describedby={isWrong ? 'wrong' : undefined}
        />
      </label>
      {isWrong && (
        <p class="field-error" id="wrong" role="alert">
          {t.signIn.wrong}
        </p>
      )}
      {error !== undefined && !isWrong && <Failed error={error} />}
      <button type="submit" class="main" disabled={isSending}>
        {isSending ? t.signIn.submitting : t.signIn.submit}
      </button>
      <p class="muted small">{t.signIn.note}</p>
    </form>
  )
}
