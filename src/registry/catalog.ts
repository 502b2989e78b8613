import type { RepositoryRecord } from '../../storage/index/repositories.ts'
import type { Page, PageRequest } from '../../storage/index/page.ts'
import type { PullPredicate } from './blobs.ts'
import type { RegistryContext } from './context.ts'

/** Names examined for one page, so that a page that hardly matches has a bounded cost. */
const MAX_EXAMINED = 10_000
/** Names read at a time after the first read did not fill the page. */
const BATCH = 500

/** The end of all names with a certain beginning: no character of a name comes after it. */
const END = '~'

/** The repositories that a caller may see. */
export interface CatalogView {
  readonly couldPull: PullPredicate
  /** Whether there can be such a repository with a name that begins so. True in doubt. */
  readonly couldPullSome: (head: string) => boolean
}

export interface CatalogPage extends Page<RepositoryRecord> {
  /**
   * The last name examined, or the end of names that the caller may not see: the next page begins
   * after it.
   */
  readonly position?: string
}

/** The list of repositories. */
export class CatalogService {
  readonly #context: RegistryContext

  constructor(context: RegistryContext) {
    this.#context = context
  }

  /**
   * The repositories that the caller may pull, by name in byte order. A page may be shorter than
   * `limit` although more follow.
   */
  async list(
    { after, limit }: PageRequest,
    view: CatalogView,
    prefix?: string,
  ): Promise<CatalogPage> {
    if (limit === 0) return { entries: [], more: false }
    const found: RepositoryRecord[] = []
    let position = after
    let examined = 0
    let wanted = limit
    for (;;) {
      const request = {
        limit: Math.min(wanted, MAX_EXAMINED - examined),
        ...(position !== undefined && { after: position }),
      }
      const page = await this.#context.storage.index.repositories.list(request, prefix)
      let { more } = page
      let hidden: string | undefined
      for (const record of page.entries) {
        if (found.length === limit) {
          more = true
          break
        }
        position = record.name
        examined++
        if (hidden !== undefined && record.name.startsWith(hidden)) continue
        const isVisible = view.couldPull(record.name)
        if (isVisible) found.push(record)
        hidden = isVisible ? undefined : hiddenHead(record.name, view)
      }
      if (hidden !== undefined) position = hidden + END
      if (!more || found.length === limit || examined >= MAX_EXAMINED)
        return { entries: found, more, ...(position !== undefined && { position }) }
      // If the caller may pull few of these repositories, the rest of the page is read in larger
      // batches.
      wanted = Math.max(limit - found.length, BATCH)
    }
  }
}

/**
 * The shortest beginning of a name with which the caller may see no name at all, if there is one.
 */
function hiddenHead(name: string, { couldPullSome }: CatalogView): string | undefined {
  if (couldPullSome(name)) return undefined
  let [shortest, longest] = [0, name.length]
  while (shortest < longest) {
    const middle = Math.floor((shortest + longest) / 2)
    if (couldPullSome(name.slice(0, middle))) shortest = middle + 1
    else longest = middle
  }
  return name.slice(0, longest)
}
