import type { Digest } from '../oci/digest.ts'
import type { NewestTag, TagRecord, Tags } from '../../storage/index/tags.ts'
import type { Page, PageRequest } from '../../storage/index/page.ts'
import type { RegistryContext } from './context.ts'

const NOTHING = { entries: [], more: false }

export class TagRules {
  readonly #context: RegistryContext

  constructor(context: RegistryContext) {
    this.#context = context
  }

  /**
   * Tags in byte order, with `prefix` only those that begin with it.
   * @throws RegistryError NAME_UNKNOWN: an empty list would tell clients that the repository is there (wkg depends on it)
   */
  async list(repository: string, page: PageRequest, prefix?: string): Promise<Page<TagRecord>> {
    await this.#present(repository)
    return page.limit === 0 ? NOTHING : this.#index.list(repository, page, prefix)
  }

  /**
   * Tags by time of push, the newest first.
   * @throws RegistryError NAME_UNKNOWN
   */
  async listNewest(repository: string, page: PageRequest): Promise<Page<NewestTag>> {
    await this.#present(repository)
    return page.limit === 0 ? NOTHING : this.#index.listNewest(repository, page)
  }

  /**
   * Tags of one manifest, in byte order.
   * @throws RegistryError NAME_UNKNOWN
   */
  async listOf(repository: string, digest: Digest, page: PageRequest): Promise<Page<string>> {
    await this.#present(repository)
    return page.limit === 0 ? NOTHING : this.#index.listOf(repository, digest, page)
  }

  get #index(): Tags {
    return this.#context.storage.index.tags
  }

  async #present(repository: string): Promise<void> {
    if ((await this.#context.storage.index.repositories.get(repository)) === undefined)
      throw await this.#context.unknown(repository, 'NAME_UNKNOWN', '')
  }
}
