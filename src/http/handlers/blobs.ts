import { Readable } from 'node:stream'
import type { RouterContext } from '@koa/router'
import { describeBadDigest, type Digest, isDigest } from '../../oci/digest.ts'
import { RegistryError } from '../../oci/errors.ts'
import type { Registry } from '../../registry/registry.ts'
import type { BlobReader } from '../../../storage/blob-store.ts'
import { sendNothing } from '../answers.ts'
import { blobHeaders, isNotModified, readRange } from '../headers.ts'

export class BlobHandlers {
  readonly #registry: Registry

  constructor(registry: Registry) {
    this.#registry = registry
  }

  /** end-2: distribution-spec v1.1, "Pulling blobs". */
  readonly get = async (ctx: RouterContext): Promise<void> => {
    const { name, digest } = ctx.params as { name: string; digest: string }
    const blob = await this.#registry.blobs.stat(name, readDigest(digest))
    if (isNotModified(ctx.req.headers['if-none-match'], blob.digest)) {
      ctx.set(blobHeaders(blob))
      sendNothing(ctx, 304)
      return
    }
    const ifRange = ctx.req.headers['if-range']
    const applies = ifRange === undefined || ifRange === `"${blob.digest}"`
    const range =
      ctx.method === 'GET' && applies ? readRange(ctx.req.headers.range, blob.size) : undefined
    const length = range ? range.end - range.start + 1 : blob.size
    // Headers come last: a failure has its own.
    if (ctx.method === 'GET')
      ctx.body = await bodyOf(await this.#registry.blobs.open(blob, range), length)
    ctx.status = range ? 206 : 200
    ctx.set(blobHeaders(blob))
    ctx.set('Content-Length', String(length))
    if (range) ctx.set('Content-Range', `bytes ${range.start}-${range.end}/${blob.size}`)
  }

  /** end-10: distribution-spec v1.1, "Deleting Blobs". */
  readonly delete = async (ctx: RouterContext): Promise<void> => {
    const { name, digest } = ctx.params as { name: string; digest: string }
    await this.#registry.blobs.delete(name, readDigest(digest))
    sendNothing(ctx, 202)
  }
}

/**
 * A digest that can name something here.
 * @throws RegistryError DIGEST_INVALID
 */
export function readDigest(text: string | undefined): Digest {
  if (text === undefined)
    throw new RegistryError('DIGEST_INVALID', 'give the digest of the blob as ?digest=sha256:…')
  if (!isDigest(text)) throw new RegistryError('DIGEST_INVALID', describeBadDigest(text))
  return text
}

/**
 * The bytes as a stream. Its first piece is read before anything is answered, so that a failing disk still gets an honest
 * status; a body that turns out shorter than announced breaks the connection, or the next answer would be read as its rest.
 */
async function bodyOf(reader: BlobReader, length: number): Promise<Readable> {
  const iterator = reader[Symbol.asyncIterator]()
  let next: Promise<IteratorResult<Uint8Array>> | undefined = iterator.next()
  try {
    await next
  } catch (error) {
    await reader.close()
    throw error
  }
  let sent = 0
  return new Readable({
    // Nothing is kept here: a piece's memory is used again once the next is asked for, which is when the socket has it.
    highWaterMark: 0,
    read() {
      const step = next ?? iterator.next()
      next = undefined
      step.then(
        ({ done, value }) => {
          if (!done) {
            sent += value.byteLength
            this.push(value)
          } else if (sent === length) this.push(null)
          else this.destroy(new Error(`a blob ended after ${sent} of ${length} bytes`))
        },
        (error: unknown) => this.destroy(error instanceof Error ? error : new Error(String(error))),
      )
    },
    destroy(error, callback) {
      reader.close().then(() => callback(error), callback)
    },
  })
}
