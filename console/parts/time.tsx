import { useLanguage } from '../language/language.tsx'

/** How long ago, with the exact time for those who ask. */
export function Ago({ time }: { readonly time: number }) {
  const { formats } = useLanguage()
  return (
    <time dateTime={new Date(time).toISOString()} title={formats.date(time)}>
      {formats.ago(time, Date.now())}
    </time>
  )
}
