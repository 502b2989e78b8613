import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { HttpServer, type Handle } from '../../src/http/server.ts'
import { KeptLog } from '../support/kept-log.ts'
import { pushBlob, pushImage } from '../support/pushes.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { startTestServer } from '../support/server.ts'

interface Test {
  after(work: () => Promise<void>): void
}

const HOST = { host: '127.0.0.1', port: 0 }

async function listen(test: Test, handle: Handle, connections = 1000) {
  const server = await HttpServer.listen(
    {
      ...HOST,
      tls: { certificate: null, key: null },
      headerSize: 16_384,
      headersTimeout: 20_000,
      idleTimeout: 60_000,
      keepAliveTimeout: 15_000,
      connections,
      log: new KeptLog(),
    },
    handle,
  )
  test.after(() => server.close(0))
  return { host: HOST.host, port: server.port }
}

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

describe('the requests of one connection', () => {
  it('H3: a pipelined request begins when the answer before it is out', async (test) => {
    let running = 0
    let most = 0
    let begun = 0
    const address = await listen(test, async (_request, response) => {
      begun++
      most = Math.max(most, ++running)
      await new Promise((resolve) => setImmediate(resolve))
      running--
      response.end(String(begun))
    })
    const connection = await RawConnection.open(address)
    connection.write(GET.repeat(10))
    for (let answered = 1; answered <= 10; answered++)
      assert.equal((await connection.answer()).body.endsWith(String(answered)), true)
    assert.equal(most, 1)
    connection.destroy()
  })

  it('H3: requests that wait behind an answer nobody reads never begin, and leave no trace', async (test) => {
    const server = await startTestServer({}, test)
    await pushImage(server, 'a', 'v1')
    const large = Buffer.alloc(64 * 1024 * 1024)
    const digest = await pushBlob(server, 'a', large)
    const connection = await RawConnection.open(server)
    connection.socket.pause()
    connection.write(
      `GET /v2/a/blobs/${digest} HTTP/1.1\r\nHost: a\r\nX-Request-Id: unread\r\n\r\n` +
        'DELETE /v2/a/manifests/v1 HTTP/1.1\r\nHost: a\r\nX-Request-Id: behind\r\n\r\n',
    )
    await server.log.line(({ message }) => message === 'request', 0)
    setTimeout(() => connection.destroy(), 50)
    const { aborted } = await server.log.accessLine('unread')
    assert.equal(aborted, true)
    assert.deepEqual(server.log.accessLines('behind'), [])
    assert.equal((await server.head('/v2/a/manifests/v1')).status, 200)
  })

  it('H3: a connection with more than 16 requests that wait is closed, and the rest ignored', async (test) => {
    let begun = 0
    const address = await listen(test, async (request) => {
      begun++
      await new Promise((resolve) => request.socket.once('close', resolve))
    })
    const connection = await RawConnection.open(address)
    connection.write(GET.repeat(1000))
    await connection.closed
    assert.equal(begun, 1)
  })

  it('H3: 16 requests may wait', async (test) => {
    const address = await listen(test, async (_request, response) => {
      await new Promise((resolve) => setImmediate(resolve))
      response.end('ok')
    })
    const connection = await RawConnection.open(address)
    connection.write(GET.repeat(17))
    for (let answered = 0; answered < 17; answered++)
      assert.equal((await connection.answer()).status, 200)
    connection.destroy()
  })

  it('H3: no request begins after an answer that closes the connection', async (test) => {
    let begun = 0
    const address = await listen(test, async (_request, response) => {
      begun++
      response.setHeader('Connection', 'close')
      response.end('ok')
    })
    const connection = await RawConnection.open(address)
    connection.write(GET.repeat(3))
    await connection.closed
    assert.equal(begun, 1)
  })
})

describe('the number of connections', () => {
  it('M8: beyond the limit the connection that is idle for the longest time is closed', async (test) => {
    const address = await listen(test, async (_request, response) => void response.end('ok'), 3)
    const connections = []
    for (let opened = 0; opened < 5; opened++) {
      const connection = await RawConnection.open(address)
      connection.write(GET)
      await connection.answer()
      connections.push(connection)
    }
    await connections[0]!.closed
    await connections[1]!.closed
    connections[2]!.write(GET)
    assert.equal((await connections[2]!.answer()).status, 200)
    for (const connection of connections) connection.destroy()
  })

  it('M8: connections that are being answered stay, and new ones are closed', async (test) => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const { promise: bothBegun, resolve: tellBegun } = Promise.withResolvers<void>()
    let begun = 0
    const answer: Handle = async (_request, response) => {
      if (++begun === 2) tellBegun()
      await released
      response.end('ok')
    }
    const address = await listen(test, answer, 2)
    const busy = [await RawConnection.open(address), await RawConnection.open(address)]
    for (const connection of busy) connection.write(GET)
    await bothBegun
    const refused = await RawConnection.open(address)
    refused.write(GET)
    await refused.closed
    release()
    for (const connection of busy) {
      assert.equal((await connection.answer()).status, 200)
      connection.destroy()
    }
  })

  it('M8: a network that fills all connections makes room for another one', async (test) => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    test.after(async () => release())
    const { promise: allBegun, resolve: tellBegun } = Promise.withResolvers<void>()
    let begun = 0
    const answer: Handle = async ({ url }, response) => {
      if (url === '/quick') return void response.end('ok')
      if (++begun === 4) tellBegun()
      await Promise.race([released, new Promise((resolve) => response.once('close', resolve))])
    }
    const address = await listen(test, answer, 4)
    const greedy = []
    for (let opened = 0; opened < 4; opened++) {
      const connection = await RawConnection.open(address, '127.0.0.2')
      connection.write(GET)
      greedy.push(connection)
    }
    await allBegun
    const other = await RawConnection.open(address, '127.0.0.3')
    other.write('GET /quick HTTP/1.1\r\nHost: a\r\n\r\n')
    assert.equal((await other.answer()).body, 'ok')
    await greedy[0]!.closed
    for (const connection of [other, ...greedy]) connection.destroy()
  })
})
