import { parentPort } from 'node:worker_threads'
import { examine, type Order, type Report } from './examination.ts'

/*
 * A thread that looks at bytes of blobs, one blob after the other. It asks for each piece when it is done with the one before, so
 * that it never holds more than one.
 */

let give: (piece: Uint8Array | undefined) => void = () => {}

function tell(report: Report): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- to a thread, not to a window
  parentPort!.postMessage(report)
}

async function* arriving(): AsyncGenerator<Uint8Array> {
  for (;;) {
    const next = new Promise<Uint8Array | undefined>((resolve) => {
      give = resolve
    })
    tell('more')
    const piece = await next
    if (!piece) return
    yield piece
  }
}

parentPort!.on('message', (order: Order) => {
  if ('piece' in order) give(order.piece)
  else void examine(order.examine, arriving()).then((facts) => tell({ facts }))
})
