import {
  describeBadDigest,
  type Digest,
  type DigestAlgorithm,
  isDigestAlgorithm,
} from '../../oci/digest.ts'
import { RegistryError } from '../../oci/errors.ts'
import { isRepositoryName } from '../../oci/name.ts'
import { PULL, PUSH } from '../../auth/actions.ts'
import { networkOf } from '../../auth/network.ts'
import type { UploadStarter } from '../../registry/uploads/session-shares.ts'
import { permitOf, requestState } from '../request-state.ts'
import { repositoryScope } from '../../auth/scopes.ts'
import type { Registry } from '../../registry/registry.ts'
import { statusHeaders, type UploadPart, type UploadStatus } from '../../registry/uploads/part.ts'
import { sendNothing } from '../answers.ts'
import { uploadBody } from '../body.ts'
import { readContentRange } from '../headers.ts'
import { readDigest, single } from '../parameters.ts'
import type { Handler, HandlerContext } from '../route.ts'

/**
 * Opens an upload session, or takes the whole blob in one request, or mounts it: distribution-spec
 * v1.1, "Pushing blobs", "Mounting a blob from another repository" (end-4a, end-4b, end-4c,
 * end-11).
 */
export function startUpload(registry: Registry): Handler<'name'> {
  return async (ctx) => {
    const { name } = ctx.params
    const mount = single(ctx, 'mount')
    if (mount !== undefined && (await mountBlob(registry, ctx, readDigest(mount)))) return
    const digest = single(ctx, 'digest')
    if (digest !== undefined && mount === undefined) {
      await registry.uploads.put(name, readDigest(digest), uploadBody(ctx))
      sendCreated(ctx, name, readDigest(digest))
      return
    }
    const status = await registry.uploads.start(name, readAlgorithm(ctx), starterOf(ctx))
    sendStatus(ctx, 202, status)
  }
}

/**
 * Adds bytes: distribution-spec v1.1, "Pushing a blob in chunks" (end-5). Without Content-Range
 * they follow the bytes before.
 */
export function appendToUpload(registry: Registry): Handler<'name' | 'id'> {
  return async (ctx) => {
    const { name, id } = ctx.params
    sendStatus(ctx, 202, await registry.uploads.append(name, id, readPart(ctx)))
  }
}

/** Adds the last bytes and makes the whole a blob (end-6). */
export function finishUpload(registry: Registry): Handler<'name' | 'id'> {
  return async (ctx) => {
    const { name, id } = ctx.params
    const digest = readDigest(single(ctx, 'digest'))
    await registry.uploads.finish(name, id, digest, readPart(ctx))
    sendCreated(ctx, name, digest)
  }
}

/**
 * The offset of a session (end-13). Ignores the query: after a 416, clients ask at the address they
 * just used.
 */
export function uploadStatus(registry: Registry): Handler<'name' | 'id'> {
  return async (ctx) => {
    const { name, id } = ctx.params
    sendStatus(ctx, 204, await registry.uploads.status(name, id))
  }
}

/** Ends a session without a blob (end-14). */
export function cancelUpload(registry: Registry): Handler<'name' | 'id'> {
  return async (ctx) => {
    const { name, id } = ctx.params
    await registry.uploads.cancel(name, id)
    sendNothing(ctx, 204)
  }
}

/**
 * False where the blob cannot be mounted: the client then uploads it. That is no error, even for a
 * source that cannot exist.
 */
async function mountBlob(
  registry: Registry,
  ctx: HandlerContext<'name'>,
  digest: Digest,
): Promise<boolean> {
  const { name } = ctx.params
  const from = single(ctx, 'from')
  if (from !== undefined && !isRepositoryName(from)) return false
  const permit = permitOf(ctx)
  if (await registry.blobs.mount(name, digest, from, permit.mayPull)) {
    sendCreated(ctx, name, digest)
    return true
  }
  const source = await registry.blobs.mountSource(digest, from, permit.couldPull)
  if (source === undefined || permit.mayPull(source)) return false
  throw permit.widerToken([repositoryScope(name, PULL | PUSH), repositoryScope(source, PULL)])
}

function starterOf(ctx: HandlerContext): UploadStarter {
  const { owner } = permitOf(ctx)
  return owner === '' ? { owner, network: networkOf(requestState(ctx).client) } : { owner }
}

function readPart(ctx: HandlerContext): UploadPart {
  return { body: uploadBody(ctx), ...readContentRange(ctx.req.headers['content-range']) }
}

function readAlgorithm(ctx: HandlerContext): DigestAlgorithm | undefined {
  const algorithm = single(ctx, 'digest-algorithm')
  if (algorithm === undefined) return undefined
  if (!isDigestAlgorithm(algorithm))
    throw new RegistryError('DIGEST_INVALID', describeBadDigest(`${algorithm}:`))
  return algorithm
}

function sendStatus(ctx: HandlerContext, code: number, status: UploadStatus): void {
  sendNothing(ctx, code)
  ctx.set(statusHeaders(status))
}

function sendCreated(ctx: HandlerContext, name: string, digest: Digest): void {
  sendNothing(ctx, 201)
  ctx.set('Location', `/v2/${name}/blobs/${digest}`)
  ctx.set('Docker-Content-Digest', digest)
}
