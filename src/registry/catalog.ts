import type { Page, PageRequest } from '../../storage/page.ts'
import type { MayPull } from './blobs.ts'
import type { RegistryContext } from './context.ts'

/** A filtered page looks at no more names than this, so that its cost has a bound. */
const MOST_EXAMINED = 10_000
/** Names read at a time where the first ones did not fill the page. */
const PIECE = 500

export interface CatalogPage extends Page<string> {
  /** Where the next page goes on: the last name that was looked at. */
  readonly position?: string
}

export class CatalogRules {
  readonly #context: RegistryContext

  constructor(context: RegistryContext) {
    this.#context = context
  }

  /** Names of repositories that the caller may pull, in byte order. May be short of `limit` although more follow. */
  async list({ after, limit }: PageRequest, mayPull: MayPull): Promise<CatalogPage> {
    if (limit === 0) return { entries: [], more: false }
    const names: string[] = []
    let position = after
    let examined = 0
    let wanted = limit
    for (;;) {
      const page = await this.#context.storage.index.repositories.list({
        limit: Math.min(wanted, MOST_EXAMINED - examined),
        ...(position !== undefined && { after: position }),
      })
      let { more } = page
      for (const { name } of page.entries) {
        if (names.length === limit) {
          more = true
          break
        }
        if (mayPull(name)) names.push(name)
        position = name
        examined++
      }
      if (!more || names.length === limit || examined >= MOST_EXAMINED)
        return { entries: names, more, ...(position !== undefined && { position }) }
      // Few of those names were for the caller: what is missing is looked for in larger pieces.
      wanted = Math.max(limit - names.length, PIECE)
    }
  }
}
