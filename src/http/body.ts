import type { IncomingMessage } from 'node:http'
import type { Context } from 'koa'
import { RegistryError } from '../oci/errors.ts'
import type { UploadBody } from '../registry/uploads/part.ts'
import { piecesOf } from './body-pieces.ts'

/**
 * The exact bytes of a request.
 * @throws RegistryError TOO_LARGE, REQUEST_INVALID
 */
export async function readWhole(ctx: Context, limit: number): Promise<Uint8Array> {
  const tooLarge = () =>
    new RegistryError('TOO_LARGE', `a manifest may have at most ${limit} bytes here`)
  const encoding = ctx.get('Content-Encoding')
  if (encoding && encoding !== 'identity') {
    throw new RegistryError(
      'REQUEST_INVALID',
      'send the manifest as it is, without Content-Encoding: its bytes are its identity',
    )
  }
  if (Number(ctx.get('Content-Length')) > limit) throw tooLarge()
  const chunks: Uint8Array[] = []
  let length = 0
  letContinue(ctx)
  // Left early, the stream is kept: the answer still has to go out on its socket.
  const pieces = ctx.req.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>
  for await (const chunk of pieces) {
    length += chunk.byteLength
    received.set(ctx.req, length)
    if (length > limit) throw tooLarge()
    chunks.push(chunk)
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
}

/** The bytes of a request as they come; each piece is gone when the next one is asked for. */
export function uploadBody(ctx: Context): UploadBody {
  const length = ctx.req.headers['content-length']
  return {
    chunks: passing(ctx),
    ...(length !== undefined && { length: Number(length) }),
    abort: () => ctx.req.destroy(),
  }
}

/** Requests that wait for "100 Continue" before they send their body. */
const waiting = new WeakSet<IncomingMessage>()

export function awaitsContinue(request: IncomingMessage): void {
  waiting.add(request)
}

const received = new WeakMap<IncomingMessage, number>()

/** How many bytes of a request's body were taken. */
export function receivedBytes(request: IncomingMessage): number {
  return received.get(request) ?? 0
}

async function* passing(ctx: Context): AsyncGenerator<Uint8Array> {
  const { req } = ctx
  letContinue(ctx)
  for await (const piece of piecesOf(req)) {
    received.set(req, receivedBytes(req) + piece.byteLength)
    yield piece
  }
}

function letContinue({ req, res }: Context): void {
  if (waiting.delete(req)) res.writeContinue()
}

/** Closes the connection after the answer if the request has bytes nobody read: else Node would read them all to the end. */
export function closeIfUnread(ctx: Context): void {
  if (hasUnreadBody(ctx.req)) ctx.set('Connection', 'close')
}

function hasUnreadBody(request: IncomingMessage): boolean {
  if (request.complete) return false
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
  return encoding !== undefined || (length !== undefined && length !== '0')
}
