import type { IncomingMessage } from 'node:http'
import { withoutParameters } from '../../oci/media-types.ts'
import type { Registry } from '../../registry/registry.ts'
import { sendNothing } from '../answers.ts'
import { readBytes } from '../body.ts'
import { isNotModified, manifestHeaders, writeCondition } from '../headers.ts'
import { several } from '../parameters.ts'
import { holdMemory, requestState } from '../request-state.ts'
import type { Handler } from '../route.ts'
import { setWarnings } from '../warnings.ts'

/** distribution-spec v1.1, "Pulling manifests" (end-3). */
export function getManifest(registry: Registry): Handler<'name' | 'reference'> {
  return async (ctx) => {
    const { name, reference } = ctx.params
    const manifest = await registry.manifests.stat(name, reference)
    if (isNotModified(ctx.req.headers['if-none-match'], manifest.digest)) {
      ctx.set(manifestHeaders(manifest))
      ctx.remove('Content-Length')
      sendNothing(ctx, 304)
      return
    }
    if (ctx.method === 'GET') {
      await holdMemory(ctx, manifest.size)
      ctx.body = await registry.manifests.bytes(name, manifest)
    }
    ctx.status = 200
    ctx.set(manifestHeaders(manifest))
  }
}

/**
 * distribution-spec v1.1, "Pushing Manifests" (end-7a, end-7b).
 * @param manifestSize bytes that a manifest may have
 */
export function putManifest(
  registry: Registry,
  manifestSize: number,
  baseOf: (request: IncomingMessage) => string,
): Handler<'name' | 'reference'> {
  return async (ctx) => {
    const { name, reference } = ctx.params
    const bytes = await readBytes(ctx, manifestSize, 'manifest')
    const contentType = ctx.get('Content-Type')
    const tags = several(ctx, 'tag')
    const condition = writeCondition(ctx.req.headers)
    const { digest, subject, warnings, derivedTags } = await registry.manifests.put({
      repository: name,
      reference,
      bytes,
      host: new URL(baseOf(ctx.req)).host,
      contentType: contentType ? withoutParameters(contentType) : undefined,
      tags,
      ...(condition && { condition }),
    })
    sendNothing(ctx, 201)
    // Clients such as wkg read the digest from the last segment.
    ctx.set('Location', `/v2/${name}/manifests/${digest}`)
    ctx.set('Docker-Content-Digest', digest)
    ctx.set('ETag', `"${digest}"`)
    if (subject !== undefined) ctx.set('OCI-Subject', subject)
    if (tags.length > 0) ctx.set('OCI-Tag', [...new Set(tags)].join(', '))
    if (tags.length + derivedTags.length > 0)
      requestState(ctx).auditDetails = { tags: [...tags, ...derivedTags] }
    setWarnings(ctx, warnings)
  }
}

/** distribution-spec v1.1, "Deleting tags", "Deleting Manifests" (end-9). */
export function deleteManifest(registry: Registry): Handler<'name' | 'reference'> {
  return async (ctx) => {
    const { name, reference } = ctx.params
    await registry.manifests.delete(name, reference, writeCondition(ctx.req.headers))
    sendNothing(ctx, 202)
  }
}
