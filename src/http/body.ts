import type { IncomingMessage } from 'node:http'
import type { Context } from 'koa'
import { KIB } from '../base/sizes.ts'
import { RegistryError } from '../oci/errors.ts'
import type { UploadBody } from '../registry/uploads/part.ts'
import { piecesOf } from './body-pieces.ts'
import { startDeadline } from './deadline.ts'
import { holdMemory } from './request-state.ts'

/** Bytes of a body that arrives before memory is held for it; its connection takes as much. */
const SMALL = 64 * KIB
/**
 * Bytes of memory for each byte of a manifest or JSON body: the bytes, their text and the values
 * that are read from it.
 */
export const MEMORY_OF_A_BYTE = 4

/**
 * The exact bytes of a request's body.
 * @param limit bytes
 * @param thing the content of the body, in the messages of errors
 * @throws RegistryError TOO_LARGE, TOO_SLOW, REQUEST_INVALID, UNAVAILABLE
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
  const announced = Number(ctx.get('Content-Length') || limit)
  if (announced > limit) throw tooLarge()
  if (announced > SMALL) await holdMemory(ctx, announced * MEMORY_OF_A_BYTE)
  const chunks: Uint8Array[] = []
  let length = 0
  sendContinue(ctx)
  const deadline = startDeadline(() => length)
  // The stream outlives a loop that ends early: the answer still goes out on its socket.
  const pieces = ctx.req.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<
    Uint8Array,
    undefined
  >
  try {
    for (;;) {
      const next = await Promise.race([pieces.next(), deadline.passed])
      if (next.done === true) break
      const chunk = next.value
      length += chunk.byteLength
      received.set(ctx.req, length)
      if (length > limit) throw tooLarge()
      chunks.push(chunk)
    }
  } finally {
    deadline.clear()
  }
  await holdMemory(ctx, length * MEMORY_OF_A_BYTE)
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
