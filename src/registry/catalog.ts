import type { RepositoryRecord } from '../../storage/index/repositories.ts'
import type { Page, PageRequest } from '../../storage/index/page.ts'
import type { MayPull } from './blobs.ts'
import type { RegistryContext } from './context.ts'

/** A filtered page looks at no more names than this, so that its cost has a bound. */
const MOST_EXAMINED = 10_000
/** Names read at a time where the first ones did not fill the page. */
const PIECE = 500

export interface CatalogPage extends Page<RepositoryRecord> {
  /** Where the next page goes on: the last name that was looked at. */
  readonly position?: string
}

export class CatalogRules {
  readonly #context: RegistryContext

  constructor(context: RegistryContext) {
    this.#context = context
  }

  /** The repositories that the caller may pull, by name in byte order. May be short of `limit` although more follow. */
  async list(
    { after, limit }: PageRequest,
    mayPull: MayPull,
    prefix?: string,
  ): Promise<CatalogPage> {
    if (limit === 0) return { entries: [], more: false }
    const found: RepositoryRecord[] = []
    let position = after
    let examined = 0
    let wanted = limit
    for (;;) {
      const request = {
        limit: Math.min(wanted, MOST_EXAMINED - examined),
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
      if (!more || found.length === limit || examined >= MOST_EXAMINED)
        return { entries: found, more, ...(position !== undefined && { position }) }
      // Few of those names were for the caller: what is missing is looked for in larger pieces.
      wanted = Math.max(limit - found.length, PIECE)
    }
  }
}
