import type { RouterContext } from '@koa/router'
import { permitOf } from '../auth/guard.ts'
import type { Registry } from '../../registry/registry.ts'
import { sendJson } from '../answers.ts'
import { linkToNext, readPaging } from '../paging.ts'

const STANDARD_PAGE = 1000
const LONGEST_PAGE = 10_000

export class CatalogHandlers {
  readonly #registry: Registry

  constructor(registry: Registry) {
    this.#registry = registry
  }

  /** `_catalog`: Docker's extension, reserved by the distribution-spec. */
  readonly list = async (ctx: RouterContext): Promise<void> => {
    const paging = readPaging(ctx, STANDARD_PAGE, LONGEST_PAGE)
    const page = await this.#registry.catalog.list(paging, permitOf(ctx).couldPull)
    if (page.more && page.position !== undefined) linkToNext(ctx, paging.limit, page.position)
    sendJson(ctx, { repositories: page.entries.map(({ name }) => name) })
  }
}
