import { useState } from 'preact/hooks'
import type { TagList } from '../../src/api/listings.ts'
import type { Descriptor } from '../api/manifest.ts'
import { ask } from '../api/client.ts'
import { API, placePath } from '../api/paths.ts'
import { useLanguage } from '../language/language.tsx'
import { Link } from '../location.tsx'
import type { Known } from './known.ts'
import { shortDigest } from '../parts/digest.tsx'
import { Foreign } from '../parts/foreign.tsx'
import { Answered } from '../parts/states.tsx'
import { useAnswer } from '../parts/use-answer.ts'

/** Levels of the tree: signatures of SBOMs of layouts are about as deep as it gets. */
const DEEPEST = 4
const DERIVED = /layout|derived/i

/** The subject of this artifact, and its referrers. */
export function Related({ known }: { readonly known: Known }) {
  const { t } = useLanguage()
  const { repository, digest, body } = known
  return (
    <>
      {body.subject && (
        <section aria-labelledby="subject">
          <h2 id="subject">{t.related.subject}</h2>
          <Link to={placePath({ repository, reference: body.subject.digest })} class="mono">
            {shortDigest(body.subject.digest)}
          </Link>
        </section>
      )}
      <section aria-labelledby="referrers">
        <h2 id="referrers">{t.related.title}</h2>
        <Referrers repository={repository} digest={digest} depth={1} />
      </section>
      <ByTag repository={repository} digest={digest} />
    </>
  )
}

interface ReferrersProps {
  readonly repository: string
  readonly digest: string
  readonly depth: number
}

function Referrers({ repository, digest, depth }: ReferrersProps) {
  const { t } = useLanguage()
  const path = API.referrers(repository, digest)
  const asked = useAnswer((signal) => ask<{ manifests: Descriptor[] }>(path, { signal }), path)
  return (
    <Answered asked={asked} bars={1}>
      {({ body: { manifests }, next }) =>
        manifests.length === 0 ? (
          depth === 1 ? (
            <p class="muted">{t.related.none}</p>
          ) : null
        ) : (
          <ul class="tree">
            {manifests.map((referrer) => (
              <Referrer
                key={referrer.digest}
                repository={repository}
                referrer={referrer}
                depth={depth}
              />
            ))}
            {next !== undefined && <li class="muted">{t.related.more}</li>}
          </ul>
        )
      }
    </Answered>
  )
}

interface ReferrerProps {
  readonly repository: string
  readonly referrer: Descriptor
  readonly depth: number
}

function Referrer({ repository, referrer, depth }: ReferrerProps) {
  const { t, formats } = useLanguage()
  const [isOpen, setIsOpen] = useState(depth < 2)
  const { digest, artifactType, mediaType, size } = referrer
  return (
    <li>
      <span class="kind">{t.related.kinds[kindOf(referrer)]}</span>{' '}
      <Link to={placePath({ repository, reference: digest })} class="mono">
        {shortDigest(digest)}
      </Link>{' '}
      <span class="muted small">
        <Foreign text={artifactType ?? mediaType} longest={100} /> · {formats.size(size)}
      </span>
      {isOpen
        ? depth < DEEPEST && <Referrers repository={repository} digest={digest} depth={depth + 1} />
        : depth < DEEPEST && (
            <button type="button" class="quiet" onClick={() => setIsOpen(true)}>
              {t.actions.showMore}
            </button>
          )}
    </li>
  )
}

function kindOf({
  artifactType = '',
  annotations = {},
}: Descriptor): 'signature' | 'sbom' | 'attestation' | 'layout' | 'other' {
  if (Object.keys(annotations).some((name) => DERIVED.test(name))) return 'layout'
  if (/cosign.*sig|signature|sigstore\.bundle|notary/i.test(artifactType)) return 'signature'
  if (/spdx|cyclonedx|sbom|syft/i.test(artifactType)) return 'sbom'
  if (/in-toto|attest|provenance/i.test(artifactType)) return 'attestation'
  return 'other'
}

/** Before there were referrers, cosign put a signature under a tag made of the digest. */
function ByTag({ repository, digest }: { readonly repository: string; readonly digest: string }) {
  const { t } = useLanguage()
  const path = API.tags(repository, { by: 'name', n: '20', prefix: digest.replace(':', '-') })
  const asked = useAnswer((signal) => ask<TagList>(path, { signal }), path)
  if (asked.state !== 'done' || asked.value.body.tags.length === 0) return null
  return (
    <section aria-labelledby="by-tag">
      <h2 id="by-tag">{t.related.byTag}</h2>
      <ul class="tree">
        {asked.value.body.tags.map(({ tag }) => (
          <li key={tag}>
            <Link to={placePath({ repository, reference: tag })} class="mono">
              {tag.length > 40 ? `${tag.slice(0, 19)}…${tag.slice(-8)}` : tag}
            </Link>
          </li>
        ))}
      </ul>
    </section>
  )
}
