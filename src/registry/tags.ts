import type { TagRecord } from '../../storage/index.ts'
import type { Page, PageRequest } from '../../storage/page.ts'
import type { RegistryContext } from './context.ts'

export class TagRules {
  readonly #context: RegistryContext

  constructor(context: RegistryContext) {
    this.#context = context
  }

  /**
   * Tags in byte order.
   * @throws RegistryError NAME_UNKNOWN: an empty list would tell clients that the repository is there (wkg depends on it)
   */
  async list(repository: string, page: PageRequest): Promise<Page<TagRecord>> {
    const { index } = this.#context.storage
    if ((await index.repositories.get(repository)) === undefined) {
      throw await this.#context.unknown(repository, 'NAME_UNKNOWN', '')
    }
    return page.limit === 0 ? { entries: [], more: false } : index.tags.list(repository, page)
  }
}
