import type { RouterContext } from '@koa/router'
import type { Registry } from '../../registry/registry.ts'
import { sendJson } from '../answers.ts'
import { linkToNext, readPaging } from '../paging.ts'

/** Many clients read only the first page, so it is a long one. */
const STANDARD_PAGE = 10_000
const LONGEST_PAGE = 10_000

export class TagHandlers {
  readonly #registry: Registry

  constructor(registry: Registry) {
    this.#registry = registry
  }

  /** end-8: distribution-spec v1.1, "Listing Tags". */
  readonly list = async (ctx: RouterContext): Promise<void> => {
    const { name } = ctx.params as { name: string }
    const paging = readPaging(ctx, STANDARD_PAGE, LONGEST_PAGE)
    const page = await this.#registry.tags.list(name, paging)
    const last = page.entries.at(-1)?.tag
    if (page.more && last !== undefined) linkToNext(ctx, paging.limit, last)
    sendJson(ctx, { name, tags: page.entries.map(({ tag }) => tag) })
  }
}
