import type { Registry } from '../../registry/registry.ts'
import { sendJson } from '../answers.ts'
import { linkToNext, readPaging } from '../paging.ts'
import type { Handler } from '../route.ts'

/** Many clients read only the first page, so it is a long one. */
const DEFAULT_PAGE = 10_000
const LONGEST_PAGE = 10_000

/** distribution-spec v1.1, "Listing Tags" (end-8). */
export function listTags(registry: Registry): Handler<'name'> {
  return async (ctx) => {
    const { name } = ctx.params
    const paging = await readPaging(ctx, DEFAULT_PAGE, LONGEST_PAGE)
    const page = await registry.tags.list(name, paging)
    linkToNext(ctx, paging, page.more && page.entries.at(-1)?.tag)
    sendJson(ctx, { name, tags: page.entries.map(({ tag }) => tag) })
  }
}
