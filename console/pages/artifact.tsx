import { useState } from 'preact/hooks'
import type { WasmReport } from '../../src/wasm/report/report.ts'
import type { Whoami } from '../../src/api/whoami.ts'
import type { TagList } from '../../src/api/listings.ts'
import type { ManifestBody } from '../api/manifest.ts'
import type { Known } from '../artifact/known.ts'
import { ask, send } from '../api/client.ts'
import { Failure } from '../api/failure.ts'
import { API, placePath, queryOf } from '../api/paths.ts'
import { Contents } from '../artifact/contents.tsx'
import { Deploy } from '../artifact/deploy.tsx'
import { ModuleView } from '../artifact/module.tsx'
import { Overview } from '../artifact/overview.tsx'
import { Related } from '../artifact/related.tsx'
import { Sentence } from '../artifact/sentence.tsx'
import { useLanguage } from '../language/language.tsx'
import { go, Link, useWhereabouts } from '../location.tsx'
import { Deletion } from '../parts/deletion.tsx'
import { Digest } from '../parts/digest.tsx'
import { Answered } from '../parts/states.tsx'
import { useAnswer } from '../parts/use-answer.ts'

interface ArtifactProps {
  readonly caller: Whoami
  readonly repository: string
  /** A tag or a digest. */
  readonly reference: string
}

const VIEWS = ['overview', 'deploy', 'module', 'contents', 'related'] as const

export function ArtifactPage({ caller, repository, reference }: ArtifactProps) {
  const { t, formats } = useLanguage()
  const { path, query } = useWhereabouts()
  const [isDeleting, setIsDeleting] = useState(false)
  const asked = useAnswer(
    (signal) => look(caller, repository, reference, signal),
    `${repository} ${reference}`,
  )
  const view = VIEWS.find((each) => each === query.get('view')) ?? 'overview'
  const isTag = !reference.includes(':')
  return (
    <>
      <div class="heading">
        <h1 class="mono">
          <span class="above">
            {repository}
            {isTag ? ':' : '@'}
          </span>
          {isTag ? reference : reference.slice(0, 19)}
        </h1>
      </div>
      <Answered asked={asked} bars={10}>
        {(known) => (
          <>
            <Sentence known={known} />
            <div class="facts">
              <span>
                {t.artifact.digest} <Digest digest={known.digest} what={t.artifact.digest} />
              </span>
              <span>
                {t.artifact.size} {formats.size(sizeOf(known))}
              </span>
              <span class="tags">
                {t.artifact.tags}{' '}
                {known.tags.map((tag) => (
                  <Link key={tag} to={placePath({ repository, reference: tag })} class="mono">
                    {tag}
                  </Link>
                ))}
              </span>
              {known.actions.includes('delete') && (
                <button type="button" class="quiet danger" onClick={() => setIsDeleting(true)}>
                  {t.repository.delete}
                </button>
              )}
            </div>
            <nav class="views" aria-label={repository}>
              {VIEWS.map((each) => (
                <Link
                  key={each}
                  to={path + queryOf({ view: each === 'overview' ? undefined : each })}
                  current={each === view}
                >
                  {t.artifact.views[each]}
                </Link>
              ))}
            </nav>
            {view === 'overview' && <Overview known={known} again={asked.again} />}
            {view === 'deploy' && <Deploy known={known} />}
            {view === 'module' && <ModuleView module={known.report?.module} />}
            {view === 'contents' && <Contents known={known} />}
            {view === 'related' && <Related known={known} />}
            {isDeleting && (
              <Deletion
                repository={repository}
                digest={known.digest}
                {...(isTag && { tag: reference })}
                onClose={() => setIsDeleting(false)}
                onDone={() => go(placePath({ repository }))}
              />
            )}
          </>
        )}
      </Answered>
    </>
  )
}

const MANIFESTS = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ')

async function look(
  caller: Whoami,
  repository: string,
  reference: string,
  signal: AbortSignal,
): Promise<Known> {
  const response = await send(API.manifest(repository, reference), { accept: MANIFESTS, signal })
  const digest = response.headers.get('Docker-Content-Digest') ?? reference
  const text = await response.text()
  const [tags, rights, report] = await Promise.all([
    ask<{ tags: string[] }>(API.tagsOf(repository, digest), { signal }),
    ask<TagList>(API.tags(repository, { n: '0' }), { signal }),
    reportOn(repository, reference, signal),
  ])
  return {
    caller,
    repository,
    reference,
    digest,
    text,
    mediaType: response.headers.get('Content-Type') ?? '',
    body: readBody(text),
    tags: tags.body.tags,
    actions: rights.body.actions,
    report,
  }
}

/** Without a report the rest of the page is still of use. */
async function reportOn(
  repository: string,
  reference: string,
  signal: AbortSignal,
): Promise<WasmReport | undefined> {
  try {
    return (await ask<WasmReport>(API.report(repository, reference), { signal })).body
  } catch (error) {
    if (error instanceof Failure && error.status !== 0 && error.status !== 401) return undefined
    throw error
  }
}

function readBody(text: string): ManifestBody {
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null ? body : {}
  } catch {
    return {}
  }
}

function sizeOf({ text, body }: Known): number {
  const { config, layers = [], manifests = [] } = body
  return [...(config ? [config] : []), ...layers, ...manifests].reduce(
    (sum, { size }) => sum + size,
    text.length,
  )
}
