import { OCI_IMAGE_INDEX } from '../../oci/media-types.ts'
import type { Registry } from '../../registry/registry.ts'
import { MAX_PAGE_BYTES } from '../../registry/referrers.ts'
import { sendJson } from '../answers.ts'
import { linkToNext, readPaging } from '../paging.ts'
import { single } from '../parameters.ts'
import type { Handler } from '../route.ts'

const DEFAULT_PAGE = 1000
const LONGEST_PAGE = 1000

/** distribution-spec v1.1, "Listing Referrers" (end-12). */
export function listReferrers(registry: Registry): Handler<'name' | 'digest'> {
  return async (ctx) => {
    const { name, digest } = ctx.params
    const artifactType = single(ctx, 'artifactType') || undefined
    const paging = await readPaging(ctx, DEFAULT_PAGE, LONGEST_PAGE, MAX_PAGE_BYTES / LONGEST_PAGE)
    const page = await registry.referrers.list(name, digest, artifactType, paging)
    linkToNext(ctx, paging, page.more && page.entries.at(-1)?.position)
    if (artifactType !== undefined) ctx.set('OCI-Filters-Applied', 'artifactType')
    const manifests = page.entries.map(
      ({ mediaType, digest: referrer, size, artifactType: type, annotations }) => ({
        mediaType,
        digest: referrer,
        size,
        ...(type !== undefined && { artifactType: type }),
        ...(Object.keys(annotations).length > 0 && { annotations }),
      }),
    )
    sendJson(ctx, { schemaVersion: 2, mediaType: OCI_IMAGE_INDEX, manifests }, OCI_IMAGE_INDEX)
  }
}
