import type { IncomingMessage } from 'node:http'
import type { RouterContext } from '@koa/router'
import { withoutParameters } from '../../oci/media-types.ts'
import type { Registry } from '../../registry/registry.ts'
import { sendNothing } from '../answers.ts'
import { readWhole } from '../body.ts'
import { isNotModified, manifestHeaders, writeCondition } from '../headers.ts'
import { several } from '../parameters.ts'
import { setWarnings } from '../warnings.ts'

interface Address {
  readonly name: string
  readonly reference: string
}

export class ManifestHandlers {
  readonly #registry: Registry
  readonly #limit: number
  readonly #baseOf: (request: IncomingMessage) => string

  /** @param limit bytes that a manifest may have */
  constructor(registry: Registry, limit: number, baseOf: (request: IncomingMessage) => string) {
    this.#registry = registry
    this.#limit = limit
    this.#baseOf = baseOf
  }

  /** end-3: distribution-spec v1.1, "Pulling manifests". */
  readonly get = async (ctx: RouterContext): Promise<void> => {
    const { name, reference } = ctx.params as unknown as Address
    const manifest = await this.#registry.manifests.stat(name, reference)
    if (isNotModified(ctx.req.headers['if-none-match'], manifest.digest)) {
      ctx.set(manifestHeaders(manifest))
      ctx.remove('Content-Length')
      sendNothing(ctx, 304)
      return
    }
    if (ctx.method === 'GET') ctx.body = await this.#registry.manifests.bytes(name, manifest)
    ctx.status = 200
    ctx.set(manifestHeaders(manifest))
  }

  /** end-7a, end-7b: distribution-spec v1.1, "Pushing Manifests". */
  readonly put = async (ctx: RouterContext): Promise<void> => {
    const { name, reference } = ctx.params as unknown as Address
    const bytes = await readWhole(ctx, this.#limit)
    const contentType = ctx.get('Content-Type')
    const tags = several(ctx, 'tag')
    const condition = writeCondition(ctx.req.headers)
    const { digest, subject, warnings, derivedTags } = await this.#registry.manifests.put({
      repository: name,
      reference,
      bytes,
      host: new URL(this.#baseOf(ctx.req)).host,
      contentType: contentType ? withoutParameters(contentType) : undefined,
      tags,
      ...(condition && { condition }),
    })
    sendNothing(ctx, 201)
    // wkg and others read the digest from the last segment.
    ctx.set('Location', `/v2/${name}/manifests/${digest}`)
    ctx.set('Docker-Content-Digest', digest)
    ctx.set('ETag', `"${digest}"`)
    if (subject !== undefined) ctx.set('OCI-Subject', subject)
    if (tags.length > 0) ctx.set('OCI-Tag', [...new Set(tags)].join(', '))
    if (tags.length + derivedTags.length > 0)
      ctx.state['particulars'] = { tags: [...tags, ...derivedTags] }
    setWarnings(ctx, warnings)
  }

  /** end-9: distribution-spec v1.1, "Deleting tags", "Deleting Manifests". */
  readonly delete = async (ctx: RouterContext): Promise<void> => {
    const { name, reference } = ctx.params as unknown as Address
    await this.#registry.manifests.delete(name, reference, writeCondition(ctx.req.headers))
    sendNothing(ctx, 202)
  }
}
