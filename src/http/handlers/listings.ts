import { setImmediate as turn } from 'node:timers/promises'
import type { Action } from '../../api/actions.ts'
import type {
  ArtifactSummary,
  ManifestTagList,
  RepositoryList,
  TagEntry,
  TagList,
} from '../../api/listings.ts'
import { permitOf } from '../request-state.ts'
import { KIB } from '../../base/sizes.ts'
import { isDigest } from '../../oci/digest.ts'
import { RegistryError } from '../../oci/errors.ts'
import type { Registry } from '../../registry/registry.ts'
import type { WasmServices } from '../../wasm/live/wasm-services.ts'
import { summarise } from '../../wasm/live/summary.ts'
import type { RepositoryRecord } from '../../../storage/index/repositories.ts'
import type { TagRecord } from '../../../storage/index/tags.ts'
import type { PageRequest } from '../../../storage/index/page.ts'
import { sendJson } from '../answers.ts'
import type { CatalogPaging } from '../catalog-paging.ts'
import { linkToNext, readPaging } from '../paging.ts'
import { single } from '../parameters.ts'
import type { Handler, HandlerContext } from '../route.ts'

const DEFAULT_PAGE = 50
/** Most entries of a page: each summary reads a manifest. */
const LONGEST_PAGE = 100
const LONGEST_PREFIX = 255
/** Bytes of memory for an entry with its summary; the manifests are read one after the other. */
const SUMMARY_BYTES = 16 * KIB

/*
 * Lists for people: names with a summary of what they name, so that a page of the console takes one
 * request. Times are milliseconds since 1970, sizes bytes.
 */

interface TagPage {
  readonly entries: readonly TagRecord[]
  /** The position after which the next page begins. */
  readonly next?: string | undefined
}

/** `GET /v2/_wasmoor/repositories` */
export function listRepositories(
  registry: Registry,
  wasm: WasmServices,
  catalogPaging: CatalogPaging,
): Handler {
  return async (ctx) => {
    const paging = await catalogPaging.read(ctx, DEFAULT_PAGE, LONGEST_PAGE, SUMMARY_BYTES)
    const prefix = readPrefix(ctx)
    const page = await registry.catalog.list(paging, permitOf(ctx), prefix)
    catalogPaging.linkToNext(ctx, paging, page)
    const repositories: RepositoryList['repositories'][number][] = []
    for (const each of page.entries)
      repositories.push(await describeRepository(registry, wasm, each))
    sendJson(ctx, { repositories } satisfies RepositoryList)
  }
}

/**
 * `GET /v2/<name>/_wasmoor/tags`
 * @param offers whether the registry offers an action at present, to any account
 */
export function listTagsWithSummaries(
  registry: Registry,
  wasm: WasmServices,
  offers: (action: Action) => boolean,
): Handler<'name'> {
  return async (ctx) => {
    const { name } = ctx.params
    const paging = await readPaging(ctx, DEFAULT_PAGE, LONGEST_PAGE, SUMMARY_BYTES)
    const { entries, next } = await readTags(registry, ctx, paging)
    linkToNext(ctx, paging, next)
    sendJson(ctx, {
      name,
      actions: permitOf(ctx).actions(name).filter(offers),
      tags: await describeTags(registry, wasm, name, entries),
    } satisfies TagList)
  }
}

/** `GET /v2/<name>/_wasmoor/tags/<digest>`: the tags that point at one manifest. */
export function listTagsOfManifest(registry: Registry): Handler<'name' | 'digest'> {
  return async (ctx) => {
    const { name, digest } = ctx.params
    if (!isDigest(digest))
      throw new RegistryError('DIGEST_INVALID', 'the address must end in the digest of a manifest')
    const paging = await readPaging(ctx, DEFAULT_PAGE, LONGEST_PAGE)
    const page = await registry.tags.listOf(name, digest, paging)
    linkToNext(ctx, paging, page.more && page.entries.at(-1))
    sendJson(ctx, { name, digest, tags: page.entries } satisfies ManifestTagList)
  }
}

async function describeRepository(
  registry: Registry,
  wasm: WasmServices,
  repository: RepositoryRecord,
) {
  const { name } = repository
  const newest = (await registry.tags.listNewest(name, { limit: 1 })).entries[0]
  if (newest === undefined) return repository
  const { tag, digest } = newest
  const summary = await summariseInTurn(registry, wasm, name, digest)
  return { ...repository, newest: { tag, digest, ...summary } }
}

/** Makes one summary for each manifest, because many tags may point at it. */
async function describeTags(
  registry: Registry,
  wasm: WasmServices,
  name: string,
  records: readonly TagRecord[],
): Promise<TagEntry[]> {
  const summaries = new Map<string, ArtifactSummary | undefined>()
  for (const { digest } of records) {
    if (!summaries.has(digest))
      summaries.set(digest, await summariseInTurn(registry, wasm, name, digest))
  }
  return records.map((record) => ({ ...record, ...summaries.get(record.digest) }))
}

/** Reading a manifest takes the main thread: other requests get their turn in between. */
async function summariseInTurn(
  registry: Registry,
  { artifacts }: WasmServices,
  name: string,
  digest: string,
): Promise<ArtifactSummary | undefined> {
  await turn()
  return summarise(registry, artifacts, name, digest)
}

async function readTags(
  { tags }: Registry,
  ctx: HandlerContext<'name'>,
  paging: PageRequest,
): Promise<TagPage> {
  const { name } = ctx.params
  const by = single(ctx, 'by') ?? 'name'
  const prefix = readPrefix(ctx)
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

function readPrefix(ctx: HandlerContext): string | undefined {
  const prefix = single(ctx, 'prefix')
  if (prefix === undefined || prefix === '') return undefined
  if (prefix.length > LONGEST_PREFIX)
    throw new RegistryError('PARAMETER_INVALID', 'prefix must be the beginning of a name')
  return prefix
}
