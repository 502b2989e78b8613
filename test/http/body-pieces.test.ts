import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ClientRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { piecesOf } from '../../src/http/body-pieces.ts'

type Take = (request: IncomingMessage) => Promise<void>

/**
 * A server that does with each body what the test says, and requests that bring their bodies in
 * parts.
 */
async function serve(t: TestContext, take: Take) {
  const server = createServer((incoming, response) => {
    take(incoming).then(
      () => response.end(),
      (error: unknown) => response.writeHead(400).end(String(error)),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return (): ClientRequest =>
    request({ port, host: '127.0.0.1', method: 'PUT', agent: false }).on('error', () => undefined)
}

async function statusOf(sent: ClientRequest): Promise<number | undefined> {
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  response.resume()
  return response.statusCode
}

describe('the pieces of a body', () => {
  it('the pieces of a body are all of it, each gone when the next one is asked for', async (t) => {
    const body = Buffer.alloc(1_000_000, 'abcdefg')
    const copies: Buffer[] = []
    const pieces: Uint8Array[] = []
    const send = await serve(t, async (incoming) => {
      for await (const piece of piecesOf(incoming)) {
        copies.push(Buffer.from(piece))
        pieces.push(piece)
      }
    })
    const sent = send()
    sent.end(body)
    assert.equal(await statusOf(sent), 200)
    assert.deepEqual(Buffer.concat(copies), body)
    const large = pieces.filter((_, at) => copies[at]!.byteLength >= 16 * 1024)
    assert.ok(large.length > 0)
    assert.deepEqual([...new Set(large.map(({ byteLength }) => byteLength))], [0])
  })

  it('the pieces of a body are none of an empty body', async (t) => {
    let count = 0
    const send = await serve(t, async (incoming) => {
      for await (const _ of piecesOf(incoming)) count++
    })
    const sent = send()
    sent.end()
    assert.equal(await statusOf(sent), 200)
    assert.equal(count, 0)
  })

  it('the pieces of a body end with an error where the client breaks off', async (t) => {
    let failed: (error: unknown) => void
    const failure = new Promise<unknown>((resolve) => (failed = resolve))
    const send = await serve(t, async (incoming) => {
      try {
        for await (const _ of piecesOf(incoming)) continue
      } catch (error) {
        failed(error)
      }
    })
    const sent = send()
    sent.write(Buffer.alloc(100_000), () => setImmediate(() => sent.destroy()))
    assert.ok((await failure) instanceof Error)
  })

  it('the pieces of a body of slow senders keep nobody waiting', async (t) => {
    const slow: ClientRequest[] = []
    let begun = 0
    let allBegun: () => void
    const waiting = new Promise<void>((resolve) => (allBegun = resolve))
    const send = await serve(t, async (incoming) => {
      for await (const _ of piecesOf(incoming)) if (++begun === 40) allBegun()
    })
    for (let count = 0; count < 40; count++) {
      const sent = send()
      sent.write('a')
      slow.push(sent)
    }
    await waiting
    const fast = send()
    fast.end('b')
    assert.equal(await statusOf(fast), 200)
    for (const sent of slow) sent.end('c')
    assert.deepEqual([...new Set(await Promise.all(slow.map(statusOf)))], [200])
  })

  it('the pieces of a body leave a body unread that is left early', async (t) => {
    const send = await serve(t, async (incoming) => {
      for await (const _ of piecesOf(incoming)) break
      assert.equal(incoming.destroyed, false)
    })
    const sent = send()
    sent.end(Buffer.alloc(5_000_000))
    assert.equal(await statusOf(sent), 200)
  })
})
