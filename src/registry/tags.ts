import type { Digest } from '../oci/digest.ts'
import type { NewestTag, TagRecord, Tags } from '../../storage/index/tags.ts'
import type { Page, PageRequest } from '../../storage/index/page.ts'
import type { RegistryContext } from './context.ts'

const EMPTY_PAGE = { entries: [], more: false }

/** The lists of a repository's tags. */
export class TagService {
  readonly #context: RegistryContext

  constructor(context: RegistryContext) {
    this.#context = context
  }

  /**
   * Tags in byte order.
   * @param prefix only tags that begin with it
   * @throws RegistryError NAME_UNKNOWN: an empty list would mean that the repository exists (wkg
   *   depends on it)
   */
  async list(repository: string, page: PageRequest, prefix?: string): Promise<Page<TagRecord>> {
    await this.#assertRepository(repository)
    return page.limit === 0 ? EMPTY_PAGE : this.#index.list(repository, page, prefix)
  }

  /**
   * Tags by time of push, the newest first.
   * @throws RegistryError NAME_UNKNOWN
   */
  async listNewest(repository: string, page: PageRequest): Promise<Page<NewestTag>> {
    await this.#assertRepository(repository)
    return page.limit === 0 ? EMPTY_PAGE : this.#index.listNewest(repository, page)
  }

  /**
   * Tags of one manifest, in byte order.
   * @throws RegistryError NAME_UNKNOWN
   */
  async listOf(repository: string, digest: Digest, page: PageRequest): Promise<Page<string>> {
    await this.#assertRepository(repository)
    return page.limit === 0 ? EMPTY_PAGE : this.#index.listOf(repository, digest, page)
  }

  get #index(): Tags {
    return this.#context.storage.index.tags
  }

  async #assertRepository(repository: string): Promise<void> {
    if ((await this.#context.storage.index.repositories.get(repository)) === undefined)
      throw await this.#context.unknownError(repository, 'NAME_UNKNOWN', '')
  }
}
