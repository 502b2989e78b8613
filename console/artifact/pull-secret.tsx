import { type Dispatch, type StateUpdater, useState } from 'preact/hooks'
import { kubernetesSecret } from '../../src/api/pull-secret.ts'
import { session } from '../api/session.ts'
import { useLanguage } from '../language/language.tsx'
import { Command, Snippet } from '../parts/copy.tsx'

/** The names that ASM's controller looks for. */
const NAME = 'asmwasm-cache'
const NAMESPACE = 'istio-system'

/** Writes a pull secret here in the page: the password goes nowhere. */
export function PullSecret({ host }: { readonly host: string }) {
  const { t } = useLanguage()
  const [account, setAccount] = useState(session()?.account ?? '')
  const [password, setPassword] = useState('')
  const [name, setName] = useState(NAME)
  const [namespace, setNamespace] = useState(NAMESPACE)
  const words = t.deploy
  const secretWith = (each: string) =>
    kubernetesSecret({ host, username: account, password: each }, name, namespace)
  return (
    <section aria-labelledby="secret">
      <h2 id="secret">{words.secretTitle}</h2>
      <p class="muted">{words.secretLead}</p>
      <form class="fields" onSubmit={(event) => event.preventDefault()}>
        <Field label={words.account} value={account} set={setAccount} />
        <Field label={words.password} value={password} set={setPassword} isSecret />
        <Field label={words.secretName} value={name} set={setName} />
        <Field label={words.namespace} value={namespace} set={setNamespace} />
      </form>
      <Snippet
        text={secretWith(password)}
        shown={secretWith('•'.repeat(Math.min(password.length, 12)))}
        title={words.secretTitle}
      />
      <p class="muted small">{words.apply}</p>
      <Command text="kubectl apply -f -" />
    </section>
  )
}

interface FieldProps {
  readonly label: string
  readonly value: string
  readonly set: Dispatch<StateUpdater<string>>
  readonly isSecret?: boolean
}

function Field({ label, value, set, isSecret = false }: FieldProps) {
  return (
    <label>
      {label}
      <input
        {...(isSecret ? { type: 'password' as const } : {})}
        value={value}
        autocomplete={isSecret ? 'new-password' : 'off'}
        autocapitalize="none"
        spellcheck={false}
        onInput={(event) => set(event.currentTarget.value)}
      />
    </label>
  )
}
