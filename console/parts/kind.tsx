import type { ArtifactSummary } from '../../src/api/listings.ts'
import type { ConventionId } from '../../src/wasm/model/convention.ts'
import { useLanguage } from '../language/language.tsx'
import { Foreign } from './foreign.tsx'

/** The kind of an artifact, in a word or two. */
export function Kind({ kind }: { readonly kind: Partial<ArtifactSummary> }) {
  const { t } = useLanguage()
  const { convention, artifactType, mediaType } = kind
  if (convention === undefined) return <span class="muted">–</span>
  if (convention.id !== 'none') {
    // The console comes from the server that answers, so both know the same conventions.
    const id = convention.id as ConventionId
    return (
      <span class="kind" title={t.conventions[id]}>
        {t.kinds[id]}
      </span>
    )
  }
  const type = artifactType ?? mediaType ?? ''
  return (
    <span class="kind other" title={type.slice(0, 200)}>
      {known(type) ?? (type === '' ? t.kinds.none : <Foreign text={brief(type)} longest={32} />)}
    </span>
  )
}

function known(type: string): string | undefined {
  return KNOWN.find(([part]) => type.includes(part))?.[1]
}

const KNOWN: readonly (readonly [part: string, name: string])[] = [
  ['cncf.helm', 'Helm'],
  ['cyclonedx', 'SBOM'],
  ['spdx', 'SBOM'],
  ['cosign', 'cosign'],
  ['sigstore', 'Sigstore'],
  ['in-toto', 'in-toto'],
  ['oci.image.config', 'OCI image'],
  ['docker.container.image', 'Docker'],
  ['oci.image.manifest', 'OCI'],
]

/** `vnd.example.thing` of `application/vnd.example.thing.v1+json` */
function brief(type: string): string {
  return type.replace(/^application\//, '').replace(/(?:\.v\d+)?\+?(?:json)?$/, '')
}
