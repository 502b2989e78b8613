import type { Whoami } from '../../src/api/whoami.ts'
import type { RepositoryEntry, RepositoryList } from '../../src/api/listings.ts'
import { ask } from '../api/client.ts'
import { API, placePath } from '../api/paths.ts'
import { fill } from '../language/format.ts'
import { useLanguage } from '../language/language.tsx'
import { Link, useWhereabouts } from '../location.tsx'
import { Command } from '../parts/copy.tsx'
import { Kind } from '../parts/kind.tsx'
import { PageTurns, PrefixSearch } from '../parts/lists.tsx'
import { Answered, Empty } from '../parts/states.tsx'
import { Ago } from '../parts/time.tsx'
import { useAnswer } from '../parts/use-answer.ts'

/** Every repository that the caller may pull, a page in one request. */
export function RepositoriesPage({ caller }: { readonly caller: Whoami }) {
  const { t } = useLanguage()
  const { query } = useWhereabouts()
  const prefix = query.get('prefix') ?? ''
  const last = query.get('last') ?? undefined
  const path = API.repositories({ n: '50', prefix, last })
  const asked = useAnswer((signal) => ask<RepositoryList>(path, { signal }), path)
  return (
    <>
      <div class="heading">
        <h1>{t.repositories.title}</h1>
        <PrefixSearch label={t.repositories.search} value={prefix} />
      </div>
      <Answered asked={asked} bars={8}>
        {({ body: { repositories }, next }) => (
          <>
            {repositories.length > 0 ? (
              <Table rows={repositories} />
            ) : (
              <Nothing prefix={prefix} caller={caller} isFirst={last === undefined} />
            )}
            <PageTurns next={next} isFirst={last === undefined} />
          </>
        )}
      </Answered>
    </>
  )
}

function Table({ rows }: { readonly rows: readonly RepositoryEntry[] }) {
  const { t, formats } = useLanguage()
  const { repositories: words } = t
  return (
    <div class="table" role="region" aria-label={words.title} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">{words.name}</th>
            <th scope="col">{words.kind}</th>
            <th scope="col" class="number wide-only">
              {words.versions}
            </th>
            <th scope="col" class="number wide-only">
              {words.size}
            </th>
            <th scope="col" class="number">
              {words.pushed}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, tags, bytes, pushedAt, newest }) => (
            <tr key={name}>
              <th scope="row">
                <Link to={placePath({ repository: name })} class="name">
                  <RepositoryName name={name} />
                </Link>
              </th>
              <td>{newest ? <Kind kind={newest} /> : <span class="muted">{words.noTag}</span>}</td>
              <td class="number wide-only">{formats.number(tags)}</td>
              <td class="number wide-only">{formats.size(bytes)}</td>
              <td class="number">
                <Ago time={pushedAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** The last part is what people look for. */
function RepositoryName({ name }: { readonly name: string }) {
  const cut = name.lastIndexOf('/') + 1
  return (
    <>
      {cut > 0 && <span class="above">{name.slice(0, cut)}</span>}
      <span>{name.slice(cut)}</span>
    </>
  )
}

interface NothingProps {
  readonly prefix: string
  readonly caller: Whoami
  readonly isFirst: boolean
}

function Nothing({ prefix, caller, isFirst }: NothingProps) {
  const { t } = useLanguage()
  const { repositories: words } = t
  if (prefix !== '' || !isFirst) {
    return (
      <Empty title={fill(words.none, { prefix })}>
        <p>{words.noneHelp}</p>
      </Empty>
    )
  }
  return (
    <Empty title={words.empty}>
      <p>{words.emptyHelp}</p>
      <Command
        text={`oras push ${caller.registry}/demo/filter:v0.1 --config runtime-config.json:application/vnd.module.wasm.config.v1+json filter.wasm:application/vnd.module.wasm.content.layer.v1+wasm`}
      />
    </Empty>
  )
}
