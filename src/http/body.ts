import type { IncomingMessage } from 'node:http'
import type { Context } from 'koa'
import { RegistryError } from '../oci/errors.ts'
import type { UploadBody } from '../registry/uploads/part.ts'
import { piecesOf } from './body-pieces.ts'

/**
 * The exact bytes of a request's body.
 * @param limit bytes
 * @param thing the content of the body, in the messages of errors
 * @throws RegistryError TOO_LARGE, REQUEST_INVALID
 */
export async function readBytes(ctx: Context, limit: number, thing: string): Promise<Uint8Array> {
  const tooLarge = () =>
    new RegistryError('TOO_LARGE', `a ${thing} may have at most ${limit} bytes here`)
  const encoding = ctx.get('Content-Encoding')
  if (encoding && encoding !== 'identity') {
    throw new RegistryError(
      'REQUEST_INVALID',
      `send the ${thing} without Content-Encoding, as exactly the bytes that it has`,
    )
  }
  if (Number(ctx.get('Content-Length')) > limit) throw tooLarge()
  const chunks: Uint8Array[] = []
  let length = 0
  sendContinue(ctx)
  // The stream outlives a loop that ends early: the answer still goes out on its socket.
  const pieces = ctx.req.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>
  for await (const chunk of pieces) {
    length += chunk.byteLength
    received.set(ctx.req, length)
    if (length > limit) throw tooLarge()
    chunks.push(chunk)
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
}

/** The bytes of a request as they arrive; each piece is valid until the next one is asked for. */
export function uploadBody(ctx: Context): UploadBody {
  const length = ctx.req.headers['content-length']
  return {
    chunks: countedPieces(ctx),
    ...(length !== undefined && { length: Number(length) }),
    abort: () => ctx.req.destroy(),
  }
}

/** Requests whose clients wait for "100 Continue" before they send the body. */
const waiting = new WeakSet<IncomingMessage>()

export function awaitsContinue(request: IncomingMessage): void {
  waiting.add(request)
}

const received = new WeakMap<IncomingMessage, number>()

/** Bytes of a request's body that were read so far. */
export function receivedBytes(request: IncomingMessage): number {
  return received.get(request) ?? 0
}

async function* countedPieces(ctx: Context): AsyncGenerator<Uint8Array> {
  const { req } = ctx
  sendContinue(ctx)
  for await (const piece of piecesOf(req)) {
    received.set(req, receivedBytes(req) + piece.byteLength)
    yield piece
  }
}

function sendContinue({ req, res }: Context): void {
  if (waiting.delete(req)) res.writeContinue()
}

/**
 * Closes the connection after the answer if the request has unread bytes: otherwise Node would read
 * all of them first.
 */
export function closeIfUnread(ctx: Context): void {
  if (hasUnreadBody(ctx.req)) ctx.set('Connection', 'close')
}

function hasUnreadBody(request: IncomingMessage): boolean {
  if (request.complete) return false
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
  return encoding !== undefined || (length !== undefined && length !== '0')
}
