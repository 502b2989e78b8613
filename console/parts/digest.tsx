import { useLanguage } from '../language/language.tsx'
import { Copy } from './copy.tsx'

/** A digest in short, to be copied whole. */
export function Digest({ digest, what }: { readonly digest: string; readonly what?: string }) {
  const { t } = useLanguage()
  return (
    <span class="digest">
      <code title={digest}>{shortDigest(digest)}</code>
      <Copy text={digest} what={what ?? t.repository.digest} small />
    </span>
  )
}

/** `0123456789ab`; with its algorithm if that is not the usual one. */
export function shortDigest(digest: string): string {
  const [algorithm, hex = ''] = digest.split(':')
  return `${algorithm === 'sha256' ? '' : `${algorithm}:`}${hex.slice(0, 12)}`
}
