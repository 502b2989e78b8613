import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/*
 * Holds connections open in a process of its own: `node holders.ts HOST PORT`. Idle ones, and ones
 * that send a form one byte at a time. Each that the server closes is opened again.
 */

const IDLE = 10_000
const DRIPPING = 2_000
/** Milliseconds between the bytes of a dripping connection. */
const DRIP = 2_000
/** Connections that are opened at a time, which the queue of the listening socket can take. */
const AT_ONCE = 100

const [host = '', port = ''] = process.argv.slice(2)
const held: (Socket | undefined)[] = Array.from({ length: IDLE + DRIPPING })
const FORM =
  'POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 60000\r\n\r\n'

function open(at: number): void {
  // The connections come from eight networks.
  const socket = connect({ host, port: Number(port), localAddress: `127.0.0.${2 + (at % 8)}` })
  held[at] = socket
  socket.on('error', () => undefined)
  socket.on('close', () => (held[at] = undefined))
  socket.on('connect', () => {
    if (at >= IDLE) socket.write(FORM)
  })
  socket.resume()
}

async function hold(): Promise<never> {
  for (;;) {
    let opened = 0
    for (const [at, socket] of held.entries()) {
      if (socket !== undefined) continue
      open(at)
      if (++opened === AT_ONCE) break
    }
    await sleep(opened === AT_ONCE ? 20 : 500)
  }
}

async function drip(): Promise<never> {
  for (;;) {
    await sleep(DRIP)
    for (const socket of held.slice(IDLE)) if (socket?.readyState === 'open') socket.write('a')
  }
}

void hold()
void drip()
// Long enough for all of them to be opened once.
await sleep(8_000)
process.send?.('ready')
