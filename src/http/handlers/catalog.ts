import { permitOf } from '../request-state.ts'
import type { Registry } from '../../registry/registry.ts'
import { sendJson } from '../answers.ts'
import type { CatalogPaging } from '../catalog-paging.ts'
import type { Handler } from '../route.ts'

const DEFAULT_PAGE = 1000
const LONGEST_PAGE = 10_000

/** `_catalog`: Docker's extension, reserved by the distribution-spec. */
export function listCatalog(registry: Registry, catalogPaging: CatalogPaging): Handler {
  return async (ctx) => {
    const paging = await catalogPaging.read(ctx, DEFAULT_PAGE, LONGEST_PAGE)
    const page = await registry.catalog.list(paging, permitOf(ctx))
    catalogPaging.linkToNext(ctx, paging, page)
    sendJson(ctx, { repositories: page.entries.map(({ name }) => name) })
  }
}
