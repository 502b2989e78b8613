import type { IncomingMessage } from 'node:http'
import { MessageChannel } from 'node:worker_threads'

/** Pieces that are worked on at the same time, of all bodies: more of them would be no faster, and all are in memory. */
const AT_ONCE = 16
const CHANGES = ['readable', 'end', 'error', 'close']

let running = 0
const waiting: (() => void)[] = []

/**
 * The pieces of a body as they come; the memory of each is freed when the next one is asked for. Many bodies take turns: what
 * waits is left in its socket, and so with its sender. A body that is left early is left unread.
 * @throws Error if the client breaks off
 */
export async function* piecesOf(request: IncomingMessage): AsyncGenerator<Uint8Array> {
  let wake = () => {}
  const changed = () => wake()
  for (const event of CHANGES) request.on(event, changed)
  try {
    for (;;) {
      if (yield* oneTurn(request)) continue
      if (request.readableEnded) return
      if (request.destroyed) throw request.errored ?? new Error('the client broke off')
      // Nobody waits for a slow sender with a turn in hand.
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  } finally {
    for (const event of CHANGES) request.off(event, changed)
  }
}

/** Whether there was a piece. */
async function* oneTurn(request: IncomingMessage): AsyncGenerator<Uint8Array, boolean> {
  await begin()
  try {
    const piece = request.read() as Uint8Array | null
    if (piece === null) return false
    yield piece
    free(piece)
    return true
  } finally {
    end()
  }
}

function begin(): Promise<void> | undefined {
  if (running < AT_ONCE) {
    running++
    return undefined
  }
  return new Promise((resolve) => waiting.push(resolve))
}

function end(): void {
  const next = waiting.shift()
  if (next) next()
  else running--
}

/** What is transferred to a closed port is freed: there is no other way to free the memory of a buffer at once. */
const { port1: nowhere } = new MessageChannel()
nowhere.close()

/** Smaller buffers may share their memory with others. */
const OWN_MEMORY = 16 * 1024

/**
 * V8 by itself lets tens of megabytes of spent pieces gather before it frees them, and takes a fifth of an upload's time for
 * it. This takes 1 µs.
 */
function free({ buffer, byteLength }: Uint8Array): void {
  if (byteLength < OWN_MEMORY || byteLength !== buffer.byteLength) return
  nowhere.postMessage(undefined, [buffer as ArrayBuffer])
}
