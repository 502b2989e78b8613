import { parentPort } from 'node:worker_threads'
import { examine, type WorkerRequest, type WorkerReply } from './examination.ts'

/*
 * A thread that examines blobs, one after the other. It asks for each piece when it is done with
 * the one before, so that it never holds more than one.
 */

let receive: (piece: Uint8Array | undefined) => void = () => {}

function reply(message: WorkerReply): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort!.postMessage(message)
}

async function* arriving(): AsyncGenerator<Uint8Array> {
  for (;;) {
    const next = new Promise<Uint8Array | undefined>((resolve) => {
      receive = resolve
    })
    reply('more')
    const piece = await next
    if (!piece) return
    yield piece
  }
}

parentPort!.on('message', (request: WorkerRequest) => {
  if ('piece' in request) receive(request.piece)
  else void examine(request.examine, arriving()).then((facts) => reply({ facts }))
})
