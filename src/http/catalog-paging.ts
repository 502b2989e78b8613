import type { Context } from 'koa'
import type { SealedPositions } from '../auth/sealed-positions.ts'
import { RegistryError } from '../oci/errors.ts'
import type { CatalogPage } from '../registry/catalog.ts'
import type { PageRequest } from '../../storage/index/page.ts'
import { linkToNext, readPaging } from './paging.ts'

/**
 * The paging of lists of repositories: `last` is the name of a repository, or a sealed position.
 */
export class CatalogPaging {
  readonly #positions: SealedPositions

  constructor(positions: SealedPositions) {
    this.#positions = positions
  }

  /**
   * @param entry see {@link readPaging}
   * @throws RegistryError PARAMETER_INVALID, UNAVAILABLE
   */
  async read(ctx: Context, standard: number, most: number, entry?: number): Promise<PageRequest> {
    const paging = await readPaging(ctx, standard, most, entry)
    const { limit, after } = paging
    if (after === undefined || !this.#positions.isSealed(after)) return paging
    const position = this.#positions.open(after)
    if (position !== undefined) return { limit, after: position }
    throw new RegistryError(
      'PARAMETER_INVALID',
      'last must be the name of a repository, or be taken unchanged from the Link header',
    )
  }

  /** Links to the next page, by the last name of this one or, after names that it skips, sealed. */
  linkToNext(ctx: Context, paging: PageRequest, { more, position, entries }: CatalogPage): void {
    if (!more || position === undefined) return
    const isListed = position === entries.at(-1)?.name
    linkToNext(ctx, paging, isListed ? position : this.#positions.seal(position))
  }
}
