import { useEffect, useState } from 'preact/hooks'
import { fill } from '../language/format.ts'
import { useLanguage } from '../language/language.tsx'

/** How long it says that it copied. Milliseconds. */
const SAID_FOR = 2000

interface CopyProps {
  readonly text: string
  /** A description of the copied text, for screen readers. */
  readonly what?: string
  readonly small?: boolean
}

export function Copy({ text, what, small }: CopyProps) {
  const { t } = useLanguage()
  const [outcome, setOutcome] = useState<'copied' | 'not' | undefined>(undefined)
  useEffect(() => {
    if (outcome === undefined) return undefined
    const timer = window.setTimeout(() => setOutcome(undefined), SAID_FOR)
    return () => window.clearTimeout(timer)
  }, [outcome])
  const label = what === undefined ? t.actions.copy : fill(t.actions.copyOf, { what })
  const said = outcome === 'copied' ? t.actions.copied : t.actions.notCopied
  return (
    <button
      type="button"
      class={small ? 'copy small' : 'copy'}
      aria-label={outcome ? said : label}
      title={label}
      onClick={() => {
        copy(text).then(
          (copied) => setOutcome(copied ? 'copied' : 'not'),
          () => setOutcome('not'),
        )
      }}
    >
      <CopyMark done={outcome === 'copied'} />
      {!small && <span>{outcome ? said : t.actions.copy}</span>}
      <span class="unseen" role="status">
        {outcome ? said : ''}
      </span>
    </button>
  )
}

function CopyMark({ done }: { readonly done: boolean }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      {done ? (
        <path d="m3 8.500 3.200 3.200L13 5" />
      ) : (
        <path d="M5.500 5.500h7v8h-7zM10.500 5.500v-3h-7v8h2" />
      )}
    </svg>
  )
}

/** There is no clipboard on plain http with a host name: then the old way. */
async function copy(text: string): Promise<boolean> {
  const clipboard = (navigator as { clipboard?: Clipboard }).clipboard
  if (clipboard) {
    try {
      await clipboard.writeText(text)
      return true
    } catch {
      // It may be forbidden; the old way may still work.
    }
  }
  const field = document.createElement('textarea')
  field.value = text
  field.className = 'unseen'
  document.body.append(field)
  field.select()
  // oxlint-disable-next-line typescript/no-deprecated -- there is nothing else where pages are not secure
  const copied = document.execCommand('copy')
  field.remove()
  return copied
}

interface CommandProps {
  readonly text: string
  readonly what?: string
}

/** A command, or another short text to be copied whole. */
export function Command({ text, what }: CommandProps) {
  return (
    <div class="command">
      <code dir="ltr" tabIndex={0}>
        {text}
      </code>
      <Copy text={text} {...(what !== undefined && { what })} />
    </div>
  )
}

interface SnippetProps {
  readonly text: string
  /** Where not all of it is to be seen. */
  readonly shown?: string
  readonly title: string
}

/** A longer text to be copied whole. */
export function Snippet({ text, shown = text, title }: SnippetProps) {
  return (
    <div class="snippet">
      <div class="snippet-top">
        <span class="muted small">{title}</span>
        <Copy text={text} what={title} />
      </div>
      <pre class="lines" dir="ltr" lang="en" tabIndex={0} role="region" aria-label={title}>
        {shown}
      </pre>
    </div>
  )
}
