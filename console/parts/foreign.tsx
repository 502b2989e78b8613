import { inLine, inLines } from '../language/foreign.ts'

interface ForeignProps {
  readonly text: string
  readonly longest?: number
}

/**
 * Text that somebody pushed: never anything else than text, cut, and with what is hidden in it made
 * visible.
 */
export function Foreign({ text, longest }: ForeignProps) {
  return <bdi class="foreign">{inLine(text, longest)}</bdi>
}

/** The same in lines: documents, manifests. */
export function ForeignLines({
  text,
  longest = 200_000,
  label,
}: ForeignProps & { readonly label: string }) {
  return (
    <pre class="lines" dir="ltr" tabIndex={0} role="region" aria-label={label}>
      {inLines(text, longest)}
    </pre>
  )
}
