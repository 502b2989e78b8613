import { Readable } from 'node:stream'
import type { Registry } from '../../registry/registry.ts'
import type { BlobReader } from '../../../storage/blob-store.ts'
import { sendNothing } from '../answers.ts'
import { blobHeaders, isNotModified, readRange } from '../headers.ts'
import { readDigest } from '../parameters.ts'
import type { Handler } from '../route.ts'

/** distribution-spec v1.1, "Pulling blobs" (end-2). */
export function getBlob(registry: Registry): Handler<'name' | 'digest'> {
  return async (ctx) => {
    const { name, digest } = ctx.params
    const blob = await registry.blobs.stat(name, readDigest(digest))
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
    // The headers come last, because a failure has its own.
    if (ctx.method === 'GET') {
      const stream = await streamOf(await registry.blobs.open(blob, range), length)
      // Koa closes the stream of a client that leaves, but not of one that has left before.
      if (ctx.res.closed) stream.destroy()
      else ctx.res.once('close', () => stream.destroy())
      ctx.body = stream
    }
    ctx.status = range ? 206 : 200
    ctx.set(blobHeaders(blob))
    ctx.set('Content-Length', String(length))
    if (range) ctx.set('Content-Range', `bytes ${range.start}-${range.end}/${blob.size}`)
  }
}

/** distribution-spec v1.1, "Deleting Blobs" (end-10). */
export function deleteBlob(registry: Registry): Handler<'name' | 'digest'> {
  return async (ctx) => {
    const { name, digest } = ctx.params
    await registry.blobs.delete(name, readDigest(digest))
    sendNothing(ctx, 202)
  }
}

/**
 * The bytes as a stream. The first piece is read before the answer begins, so that a failing disk
 * still becomes an error status. A body that ends before its announced length breaks the
 * connection: otherwise the client would read the next answer as the rest.
 */
async function streamOf(reader: BlobReader, length: number): Promise<Readable> {
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
    // No buffering: the memory of a piece is reused as soon as the next one is asked for.
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
