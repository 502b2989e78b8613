import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { type Handle, HttpServer } from '../../src/http/server.ts'
import { KeptLog } from '../support/kept-log.ts'
import { RawConnection } from '../support/raw-connection.ts'

const HOST = '127.0.0.1'

async function listen(t: TestContext, handle: Handle) {
  const log = new KeptLog()
  const server = await HttpServer.listen(
    {
      host: HOST,
      port: 0,
      tls: { certificate: null, key: null },
      headerSize: 16_384,
      connections: 1000,
      headersTimeout: 60_000,
      idleTimeout: 60_000,
      keepAliveTimeout: 60_000,
      log,
    },
    handle,
  )
  t.after(() => server.close(0))
  const connection = await RawConnection.open({ host: HOST, port: server.port })
  t.after(() => connection.destroy())
  connection.request(['GET / HTTP/1.1', 'Host: x'])
  return { server, connection, log }
}

describe('the HTTP server', () => {
  it('the HTTP server survives a request that cannot be answered, and says so in the log', async (t) => {
    const { connection, log } = await listen(t, async () => {
      throw new Error('a bug')
    })
    assert.equal(await connection.rest(), '')
    const lines = log.lines.map(({ level, message }) => ({ level, message }))
    assert.deepEqual(lines, [{ level: 'error', message: 'a request could not be answered' }])
  })

  it('the HTTP server is closed when nothing is done for a request any more, which may be after its connection', async (t) => {
    const steps: string[] = []
    const [begun, begin] = signal()
    const [working, end] = signal()
    const { server, connection } = await listen(t, async () => {
      begin()
      await working
      steps.push('handled')
    })
    await begun
    const closed = server.close(0).then(() => steps.push('closed'))
    await connection.closed
    steps.push('cut off')
    end()
    await closed
    assert.deepEqual(steps, ['cut off', 'handled', 'closed'])
  })
})

function signal(): [promise: Promise<void>, give: () => void] {
  let give: () => void = () => undefined
  const promise = new Promise<void>((resolve) => {
    give = resolve
  })
  return [promise, give]
}
