import type { RouterContext } from '@koa/router'
import type { Action } from '../../api/actions.ts'
import type { ManifestTagList, RepositoryList, TagEntry, TagList } from '../../api/listings.ts'
import { permitOf } from '../auth/guard.ts'
import { isDigest } from '../../oci/digest.ts'
import { RegistryError } from '../../oci/errors.ts'
import type { Registry } from '../../registry/registry.ts'
import type { WasmServices } from '../../wasm/live/wasm-services.ts'
import { summarise } from '../../wasm/live/summary.ts'
import type { RepositoryRecord } from '../../../storage/index/repositories.ts'
import type { TagRecord } from '../../../storage/index/tags.ts'
import { sendJson } from '../answers.ts'
import { linkToNext, readPaging } from '../paging.ts'
import { single } from '../parameters.ts'

const STANDARD_PAGE = 50
/** Each entry costs a look at a manifest. */
const LONGEST_PAGE = 100
const LONGEST_PREFIX = 255

interface TagPage {
  readonly entries: readonly TagRecord[]
  /** Where the next page goes on. */
  readonly next?: string | undefined
}

/**
 * Lists for people: names with what stands behind them, so that a page takes one request. Times are milliseconds since 1970,
 * sizes bytes.
 */
export class ListingHandlers {
  readonly #registry: Registry
  readonly #wasm: WasmServices
  readonly #takes: (action: Action) => boolean

  /** @param takes whether the registry does that at present, whoever asks */
  constructor(registry: Registry, wasm: WasmServices, takes: (action: Action) => boolean) {
    this.#registry = registry
    this.#wasm = wasm
    this.#takes = takes
  }

  readonly repositories = async (ctx: RouterContext): Promise<void> => {
    const paging = readPaging(ctx, STANDARD_PAGE, LONGEST_PAGE)
    const prefix = readPrefix(ctx)
    const { couldPull } = permitOf(ctx)
    const page = await this.#registry.catalog.list(paging, couldPull, prefix)
    if (page.more && page.position !== undefined) linkToNext(ctx, paging.limit, page.position)
    const described = page.entries.map((repository) => this.#describeRepository(repository))
    sendJson(ctx, { repositories: await Promise.all(described) } satisfies RepositoryList)
  }

  readonly tags = async (ctx: RouterContext): Promise<void> => {
    const { name } = ctx.params as { name: string }
    const paging = readPaging(ctx, STANDARD_PAGE, LONGEST_PAGE)
    const { entries, next } = await this.#readTags(ctx, name, paging)
    if (next !== undefined) linkToNext(ctx, paging.limit, next)
    const described = await this.#describeTags(name, entries)
    sendJson(ctx, {
      name,
      actions: permitOf(ctx)
        .actions(name)
        .filter((action) => this.#takes(action)),
      tags: described,
    } satisfies TagList)
  }

  /** Many tags may point at one manifest. */
  #describeTags(name: string, records: readonly TagRecord[]): Promise<TagEntry[]> {
    const digests = new Set(records.map(({ digest }) => digest))
    const summaries = new Map(
      [...digests].map((digest) => [
        digest,
        summarise(this.#registry, this.#wasm.artifacts, name, digest),
      ]),
    )
    return Promise.all(
      records.map(async (record) => ({ ...record, ...(await summaries.get(record.digest)) })),
    )
  }

  async #describeRepository(repository: RepositoryRecord) {
    const { name } = repository
    const newest = (await this.#registry.tags.listNewest(name, { limit: 1 })).entries[0]
    if (newest === undefined) return repository
    const { tag, digest } = newest
    const summary = await summarise(this.#registry, this.#wasm.artifacts, name, digest)
    return { ...repository, newest: { tag, digest, ...summary } }
  }

  async #readTags(
    ctx: RouterContext,
    name: string,
    paging: ReturnType<typeof readPaging>,
  ): Promise<TagPage> {
    const by = single(ctx, 'by') ?? 'name'
    const prefix = readPrefix(ctx)
    const { tags } = this.#registry
    if (by === 'name') {
      const page = await tags.list(name, paging, prefix)
      return { entries: page.entries, next: page.more ? page.entries.at(-1)?.tag : undefined }
    }
    if (by !== 'pushed') {
      throw new RegistryError('PARAMETER_INVALID', 'by must be name or pushed: how tags are sorted')
    }
    if (prefix !== undefined)
      throw new RegistryError('PARAMETER_INVALID', 'prefix goes with by=name only')
    const page = await tags.listNewest(name, paging)
    return {
      entries: page.entries.map(({ position: _position, ...record }) => record),
      next: page.more ? page.entries.at(-1)?.position : undefined,
    }
  }

  /** Tags that point at one manifest. */
  readonly tagsOf = async (ctx: RouterContext): Promise<void> => {
    const { name, digest } = ctx.params as { name: string; digest: string }
    if (!isDigest(digest))
      throw new RegistryError('DIGEST_INVALID', 'the address must end in the digest of a manifest')
    const paging = readPaging(ctx, STANDARD_PAGE, LONGEST_PAGE)
    const page = await this.#registry.tags.listOf(name, digest, paging)
    const last = page.entries.at(-1)
    if (page.more && last !== undefined) linkToNext(ctx, paging.limit, last)
    sendJson(ctx, { name, digest, tags: page.entries } satisfies ManifestTagList)
  }
}

function readPrefix(ctx: RouterContext): string | undefined {
  const prefix = single(ctx, 'prefix')
  if (prefix === undefined || prefix === '') return undefined
  if (prefix.length > LONGEST_PREFIX)
    throw new RegistryError('PARAMETER_INVALID', 'prefix must be the beginning of a name')
  return prefix
}
