import type { RouterContext } from '@koa/router'
import {
  describeBadDigest,
  type Digest,
  type DigestAlgorithm,
  isDigestAlgorithm,
} from '../../oci/digest.ts'
import { RegistryError } from '../../oci/errors.ts'
import { isRepositoryName } from '../../oci/name.ts'
import { PULL, PUSH } from '../../auth/actions.ts'
import { permitOf } from '../auth/guard.ts'
import { repositoryScope } from '../../auth/scopes.ts'
import type { Registry } from '../../registry/registry.ts'
import { statusHeaders, type UploadPart, type UploadStatus } from '../../registry/uploads/part.ts'
import { sendNothing } from '../answers.ts'
import { readDigest } from './blobs.ts'
import { uploadBody } from '../body.ts'
import { readContentRange } from '../headers.ts'
import { single } from '../parameters.ts'

interface Address {
  readonly name: string
  readonly id: string
}

export class UploadHandlers {
  readonly #registry: Registry

  constructor(registry: Registry) {
    this.#registry = registry
  }

  /** end-4a, end-4b, end-4c, end-11: distribution-spec v1.1, "Pushing blobs", "Mounting a blob from another repository". */
  readonly start = async (ctx: RouterContext): Promise<void> => {
    const { name } = ctx.params as { name: string }
    const mount = single(ctx, 'mount')
    if (mount !== undefined && (await this.#mount(ctx, name, readDigest(mount)))) return
    const digest = single(ctx, 'digest')
    if (digest !== undefined && mount === undefined) {
      await this.#registry.uploads.put(name, readDigest(digest), uploadBody(ctx))
      sendCreated(ctx, name, readDigest(digest))
      return
    }
    sendStatus(
      ctx,
      202,
      await this.#registry.uploads.start(name, readAlgorithm(ctx), permitOf(ctx).owner),
    )
  }

  /** end-5: distribution-spec v1.1, "Pushing a blob in chunks"; without Content-Range the bytes follow those before. */
  readonly append = async (ctx: RouterContext): Promise<void> => {
    const { name, id } = ctx.params as unknown as Address
    sendStatus(ctx, 202, await this.#registry.uploads.append(name, id, readPart(ctx)))
  }

  /** end-6 */
  readonly finish = async (ctx: RouterContext): Promise<void> => {
    const { name, id } = ctx.params as unknown as Address
    const digest = readDigest(single(ctx, 'digest'))
    await this.#registry.uploads.finish(name, id, digest, readPart(ctx))
    sendCreated(ctx, name, digest)
  }

  /** end-13. The query is not looked at: after a 416 clients ask at the address they just used. */
  readonly status = async (ctx: RouterContext): Promise<void> => {
    const { name, id } = ctx.params as unknown as Address
    sendStatus(ctx, 204, await this.#registry.uploads.status(name, id))
  }

  /** end-14 */
  readonly cancel = async (ctx: RouterContext): Promise<void> => {
    const { name, id } = ctx.params as unknown as Address
    await this.#registry.uploads.cancel(name, id)
    sendNothing(ctx, 204)
  }

  /** What cannot be mounted is uploaded instead: never an error, also for a source that cannot exist. */
  async #mount(ctx: RouterContext, name: string, digest: Digest): Promise<boolean> {
    const from = single(ctx, 'from')
    if (from !== undefined && !isRepositoryName(from)) return false
    const permit = permitOf(ctx)
    const { blobs } = this.#registry
    if (await blobs.mount(name, digest, from, permit.mayPull)) {
      sendCreated(ctx, name, digest)
      return true
    }
    const source = await blobs.mountSource(digest, from, permit.couldPull)
    if (source === undefined || permit.mayPull(source)) return false
    throw permit.widerToken([repositoryScope(name, PULL | PUSH), repositoryScope(source, PULL)])
  }
}

function readPart(ctx: RouterContext): UploadPart {
  return { body: uploadBody(ctx), ...readContentRange(ctx.req.headers['content-range']) }
}

function readAlgorithm(ctx: RouterContext): DigestAlgorithm | undefined {
  const algorithm = single(ctx, 'digest-algorithm')
  if (algorithm === undefined) return undefined
  if (!isDigestAlgorithm(algorithm))
    throw new RegistryError('DIGEST_INVALID', describeBadDigest(`${algorithm}:`))
  return algorithm
}

function sendStatus(ctx: RouterContext, code: number, status: UploadStatus): void {
  sendNothing(ctx, code)
  ctx.set(statusHeaders(status))
}

function sendCreated(ctx: RouterContext, name: string, digest: Digest): void {
  sendNothing(ctx, 201)
  ctx.set('Location', `/v2/${name}/blobs/${digest}`)
  ctx.set('Docker-Content-Digest', digest)
}
