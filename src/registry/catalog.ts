import type { Page, PageRequest } from '../../storage/page.ts'
import type { MayPull } from './blobs.ts'
import type { RegistryContext } from './context.ts'

/** A filtered page looks at no more names than this, so that its cost has a bound. */
const MOST_EXAMINED = 10_000

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
    for (;;) {
      const wanted = Math.min(limit - names.length, MOST_EXAMINED - examined)
      const page = await this.#context.storage.index.repositories.list({
        limit: wanted,
        ...(position !== undefined && { after: position }),
      })
      names.push(...page.entries.map(({ name }) => name).filter(mayPull))
      position = page.entries.at(-1)?.name ?? position
      examined += page.entries.length
      if (!page.more || names.length >= limit || examined >= MOST_EXAMINED) {
        return { entries: names, more: page.more, ...(position !== undefined && { position }) }
      }
    }
  }
}
