import type { ConsumerMark } from '../../src/api/listings.ts'
import { useLanguage } from '../language/language.tsx'

/** The consumers that an artifact is made for, each with its verdict. */
export function Marks({ marks }: { readonly marks: readonly ConsumerMark[] }) {
  const { t } = useLanguage()
  if (marks.length === 0)
    return (
      <span class="muted" title={t.repository.loadsNothing}>
        –
      </span>
    )
  return (
    <ul class="marks">
      {marks.map(({ consumer, title, verdict }) => (
        <li key={consumer} class={verdict} title={`${title}: ${t.matrix[verdict]}`}>
          <Sign verdict={verdict} />
          {title}
          <span class="unseen">: {t.matrix[verdict]}</span>
        </li>
      ))}
    </ul>
  )
}

/** A sign that differs by its shape, not only by its color. */
export function Sign({ verdict }: { readonly verdict: ConsumerMark['verdict'] | 'none' }) {
  return (
    <svg class={`icon sign ${verdict}`} viewBox="0 0 16 16" aria-hidden="true">
      {verdict === 'ok' && <path d="m3 8.500 3.300 3.300L13 4.800" />}
      {verdict === 'refuses' && <path d="m4 4 8 8M12 4l-8 8" />}
      {verdict === 'unknown' && (
        <path d="M5.500 5.800a2.500 2.500 0 1 1 3.600 2.200c-.7.400-1.100.8-1.100 1.700M8 12.500v.1" />
      )}
      {verdict === 'none' && <path d="M4.500 8h7" />}
    </svg>
  )
}
