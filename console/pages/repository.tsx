import { useState } from 'preact/hooks'
import type { Whoami } from '../../src/api/whoami.ts'
import type { TagEntry, TagList } from '../../src/api/listings.ts'
import { ask } from '../api/client.ts'
import { API, placePath } from '../api/paths.ts'
import { fill } from '../language/format.ts'
import { useLanguage } from '../language/language.tsx'
import { go, Link, useWhereabouts, withQuery } from '../location.tsx'
import { Deletion } from '../parts/deletion.tsx'
import { Digest } from '../parts/digest.tsx'
import { Kind } from '../parts/kind.tsx'
import { PageTurns, PrefixSearch } from '../parts/lists.tsx'
import { Marks } from '../parts/marks.tsx'
import { Answered, Empty } from '../parts/states.tsx'
import { Ago } from '../parts/time.tsx'
import { useAnswer } from '../parts/use-answer.ts'

interface RepositoryProps {
  readonly caller: Whoami
  readonly repository: string
}

/** The versions of one repository. */
export function RepositoryPage({ repository }: RepositoryProps) {
  const { t } = useLanguage()
  const { query } = useWhereabouts()
  const [deleting, setDeleting] = useState<TagEntry | undefined>(undefined)
  const prefix = query.get('prefix') ?? ''
  const last = query.get('last') ?? undefined
  // Only the list by name can be searched by the beginning of a name.
  const by = prefix !== '' || query.get('by') === 'name' ? 'name' : 'pushed'
  const path = API.tags(repository, { n: '50', by, prefix, last })
  const asked = useAnswer((signal) => ask<TagList>(path, { signal }), path)
  return (
    <>
      <div class="heading">
        <h1 class="mono">{repository}</h1>
        <PrefixSearch label={t.repository.filter} value={prefix} />
        <Sorting by={by} isFixed={prefix !== ''} />
      </div>
      <Answered asked={asked} bars={8}>
        {({ body, next }) => (
          <>
            {body.tags.length > 0 ? (
              <Table list={body} onDelete={setDeleting} />
            ) : (
              <Empty
                title={prefix === '' ? t.repository.empty : fill(t.repository.none, { prefix })}
              >
                <p>{t.repository.emptyHelp}</p>
              </Empty>
            )}
            <PageTurns next={next} isFirst={last === undefined} />
          </>
        )}
      </Answered>
      {deleting && (
        <Deletion
          repository={repository}
          digest={deleting.digest}
          tag={deleting.tag}
          onClose={() => setDeleting(undefined)}
          onDone={() => {
            setDeleting(undefined)
            asked.again()
          }}
        />
      )}
    </>
  )
}

function Sorting({ by, isFixed }: { readonly by: string; readonly isFixed: boolean }) {
  const { t } = useLanguage()
  const whereabouts = useWhereabouts()
  return (
    <label class="choice">
      <span>{t.repository.sort}</span>
      <select
        value={by}
        disabled={isFixed}
        onChange={(event) =>
          go(withQuery(whereabouts, { by: event.currentTarget.value, last: undefined }))
        }
      >
        <option value="pushed">{t.repository.byPushed}</option>
        <option value="name">{t.repository.byName}</option>
      </select>
    </label>
  )
}

interface TableProps {
  readonly list: TagList
  readonly onDelete: (row: TagEntry) => void
}

function Table({ list, onDelete }: TableProps) {
  const { t, formats } = useLanguage()
  const { repository: words } = t
  const { name, tags, actions } = list
  const mayDelete = actions.includes('delete')
  return (
    <div class="table" role="region" aria-label={name} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">{words.tag}</th>
            <th scope="col">{words.kind}</th>
            <th scope="col">{words.loads}</th>
            <th scope="col" class="wide-only">
              {words.digest}
            </th>
            <th scope="col" class="number">
              {words.size}
            </th>
            <th scope="col" class="number">
              {words.pushed}
            </th>
            {mayDelete && (
              <th scope="col">
                <span class="unseen">{words.actions}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {tags.map((row) => (
            <tr key={row.tag}>
              <th scope="row">
                <Link
                  to={placePath({ repository: name, reference: row.tag })}
                  class="name mono tag"
                  title={row.tag}
                >
                  {row.tag}
                </Link>
              </th>
              <td>
                <Kind kind={row} />
              </td>
              <td>
                <Marks marks={row.marks ?? []} />
              </td>
              <td class="wide-only">
                <Digest digest={row.digest} />
              </td>
              <td class="number">{row.size === undefined ? '–' : formats.size(row.size)}</td>
              <td class="number">
                <Ago time={row.pushedAt} />
              </td>
              {mayDelete && (
                <td class="number">
                  <button
                    type="button"
                    class="quiet danger"
                    aria-label={fill(words.deleteOf, { tag: row.tag })}
                    onClick={() => onDelete(row)}
                  >
                    {words.delete}
                  </button>
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
