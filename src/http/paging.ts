import type { Context } from 'koa'
import { RegistryError } from '../oci/errors.ts'
import type { PageRequest } from '../../storage/index/page.ts'
import { single } from './parameters.ts'
import { holdMemory } from './request-state.ts'

const LONGEST_POSITION = 1024

/**
 * `n` and `last` (distribution-spec v1.1, "Listing Tags"). A larger `n` than `most` counts as
 * `most`: the Link header leads to the rest. Waits until the process has memory for the page.
 * @param entry bytes of memory for each entry
 * @throws RegistryError PARAMETER_INVALID, UNAVAILABLE
 */
export async function readPaging(
  ctx: Context,
  standard: number,
  most: number,
  entry = 256,
): Promise<PageRequest> {
  const n = single(ctx, 'n')
  const last = single(ctx, 'last')
  if (n !== undefined && !/^\d{1,15}$/.test(n)) {
    throw new RegistryError(
      'PARAMETER_INVALID',
      'n must be a whole number from 0: how many entries to list',
    )
  }
  if (last !== undefined && last.length > LONGEST_POSITION) {
    throw new RegistryError(
      'PARAMETER_INVALID',
      'last must be an entry of the list, after which it goes on',
    )
  }
  const limit = Math.min(n === undefined ? standard : Number(n), most)
  await holdMemory(ctx, limit * entry)
  return {
    limit,
    ...(last !== undefined && { after: last }),
  }
}

/**
 * RFC 8288: the link to the next page, relative to this registry, with the other parameters
 * unchanged.
 * @param last the position after which the next page begins; without one there is no link
 */
export function linkToNext(
  ctx: Context,
  { limit }: PageRequest,
  last: string | false | undefined,
): void {
  if (last === undefined || last === false) return
  const query = new URLSearchParams(ctx.querystring)
  query.set('n', String(limit))
  query.set('last', last)
  ctx.set('Link', `<${ctx.path}?${query.toString()}>; rel="next"`)
}
