import type { RepositoryRecord } from '../../storage/index/repositories.ts'
import type { Page, PageRequest } from '../../storage/index/page.ts'
import type { PullPredicate } from './blobs.ts'
import type { RegistryContext } from './context.ts'

/** Names examined for one page, so that a page that hardly matches has a bounded cost. */
const MAX_EXAMINED = 10_000
/** Names read at a time after the first read did not fill the page. */
const BATCH = 500

export interface CatalogPage extends Page<RepositoryRecord> {
  /** The last name examined, after which the next page begins. */
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
    mayPull: PullPredicate,
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
      for (const record of page.entries) {
        if (found.length === limit) {
          more = true
          break
        }
        if (mayPull(record.name)) found.push(record)
        position = record.name
        examined++
      }
      if (!more || found.length === limit || examined >= MAX_EXAMINED)
        return { entries: found, more, ...(position !== undefined && { position }) }
      // If the caller may pull few of these repositories, the rest of the page is read in larger
      // batches.
      wanted = Math.max(limit - found.length, BATCH)
    }
  }
}
