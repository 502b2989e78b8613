import type { Descriptor } from '../api/manifest.ts'
import { askText } from '../api/client.ts'
import { API, placePath } from '../api/paths.ts'
import { fill } from '../language/format.ts'
import { useLanguage } from '../language/language.tsx'
import { Link } from '../location.tsx'
import type { Known } from './known.ts'
import { Digest } from '../parts/digest.tsx'
import { Foreign, ForeignLines } from '../parts/foreign.tsx'
import { Answered } from '../parts/states.tsx'
import { useAnswer } from '../parts/use-answer.ts'

/** Bytes of a document that is shown. */
const LONGEST = 256 * 1024
const DOCUMENT = /markdown|yaml|^text\/|\.(?:doc|spec|readme)\b/i
const DOCUMENT_NAME = /\.(?:md|txt|ya?ml)$|^(?:readme|license)/i
const TITLE = 'org.opencontainers.image.title'

/** The content of the manifest as it was pushed. */
export function Contents({ known }: { readonly known: Known }) {
  const { t } = useLanguage()
  const { body, text, repository } = known
  const { layers = [], manifests = [], annotations = {}, config } = body
  const words = t.contents
  const documents = layers.filter(isDocument)
  return (
    <>
      <Annotations annotations={annotations} />
      {documents.length > 0 && (
        <section aria-labelledby="documents">
          <h2 id="documents">{words.documents}</h2>
          {documents.map((document) => (
            <Document key={document.digest} repository={repository} document={document} />
          ))}
        </section>
      )}
      {layers.length > 0 && <Descriptors title={words.layers} items={layers} />}
      {manifests.length > 0 && (
        <Descriptors title={words.children} items={manifests} repository={repository} />
      )}
      <section aria-labelledby="manifest">
        <h2 id="manifest">{words.manifest}</h2>
        <ForeignLines text={formatted(text)} label={words.manifest} />
      </section>
      {config && (
        <section aria-labelledby="config">
          <h2 id="config">{words.config}</h2>
          <Config repository={repository} config={config} />
        </section>
      )}
    </>
  )
}

function isDocument({ mediaType, annotations }: Descriptor): boolean {
  return DOCUMENT.test(mediaType) || DOCUMENT_NAME.test(annotations?.[TITLE] ?? '')
}

function Annotations({ annotations }: { readonly annotations: Readonly<Record<string, string>> }) {
  const { t } = useLanguage()
  const all = Object.entries(annotations)
  if (all.length === 0) return null
  return (
    <section aria-labelledby="annotations">
      <h2 id="annotations">{t.contents.annotations}</h2>
      <dl class="pairs">
        {all.map(([name, value]) => (
          <div key={name}>
            <dt>
              <Foreign text={name} longest={120} />
            </dt>
            <dd>
              <Foreign text={value} longest={1000} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

interface DescriptorsProps {
  readonly title: string
  readonly items: readonly Descriptor[]
  /** Of manifests, which have pages of their own. */
  readonly repository?: string
}

function Descriptors({ title, items, repository }: DescriptorsProps) {
  const { t, formats } = useLanguage()
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      <div class="table" role="region" aria-label={title} tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t.artifact.mediaType}</th>
              <th scope="col">{repository === undefined ? t.module.file : t.contents.platform}</th>
              <th scope="col">{t.repository.digest}</th>
              <th scope="col" class="number">
                {t.repository.size}
              </th>
            </tr>
          </thead>
          <tbody>
            {items.map(({ mediaType, digest, size, annotations, platform }) => (
              <tr key={digest}>
                <td class="mono small">
                  <Foreign text={mediaType} longest={120} />
                </td>
                <td>
                  <Foreign
                    text={
                      platform
                        ? `${platform.os ?? ''}/${platform.architecture ?? ''}`
                        : (annotations?.[TITLE] ?? '–')
                    }
                    longest={80}
                  />
                </td>
                <td>
                  <Digest digest={digest} />
                  {repository !== undefined && (
                    <>
                      {' '}
                      <Link to={placePath({ repository, reference: digest })}>
                        {t.actions.show}
                      </Link>
                    </>
                  )}
                </td>
                <td class="number">{formats.size(size)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

interface DocumentProps {
  readonly repository: string
  readonly document: Descriptor
}

/** Never as anything but text, whatever its media type says. */
function Document({ repository, document }: DocumentProps) {
  const { t, formats } = useLanguage()
  const { digest, size, mediaType, annotations } = document
  const title = annotations?.[TITLE] ?? mediaType
  const path = API.blob(repository, digest)
  const isShown = size <= LONGEST
  const asked = useAnswer(
    (signal) => (isShown ? askText(path, { signal }) : Promise.resolve('')),
    path,
  )
  return (
    <div class="document">
      <h3>
        <Foreign text={title} longest={120} /> <span class="muted small">{formats.size(size)}</span>
      </h3>
      {isShown ? (
        <Answered asked={asked} bars={2}>
          {(text) => <ForeignLines text={text} label={title.slice(0, 120)} />}
        </Answered>
      ) : (
        <p class="muted">{fill(t.contents.tooLarge, { size: formats.size(size) })}</p>
      )}
    </div>
  )
}

function Config({
  repository,
  config,
}: {
  readonly repository: string
  readonly config: Descriptor
}) {
  const { t } = useLanguage()
  const path = API.blob(repository, config.digest)
  const isShown = config.size <= LONGEST
  const asked = useAnswer(
    (signal) => (isShown ? askText(path, { signal }) : Promise.resolve('')),
    path,
  )
  return (
    <>
      <p class="muted small mono">
        <Foreign text={config.mediaType} longest={160} />
      </p>
      <Answered asked={asked} bars={2}>
        {(text) =>
          isJson(text) ? (
            <ForeignLines text={formatted(text)} label={t.contents.config} />
          ) : (
            <p class="muted">{t.contents.noConfig}</p>
          )
        }
      </Answered>
    </>
  )
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function formatted(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
