import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, it } from 'node:test'
import { healthcheckCommand } from '../../src/cli/healthcheck.ts'
import { run } from '../../src/cli/run.ts'

let server: Server | undefined

afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

async function serving(listener: RequestListener): Promise<string> {
  server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return String((server.address() as AddressInfo).port)
}

async function check(...words: string[]): Promise<{ code: number; printed: string }> {
  let printed = ''
  const code = await run(words, [healthcheckCommand], (text) => (printed += text))
  return { code, printed }
}

describe('wasmoor healthcheck', () => {
  it('is content with 200 from /livez', async () => {
    const port = await serving((request, response) => {
      response.writeHead(request.url === '/livez' ? 200 : 503).end()
    })
    const { code, printed } = await check('--port', port)
    assert.deepEqual([code, printed], [0, `http://127.0.0.1:${port}/livez answers 200\n`])
  })

  it('asks /readyz when told to, and says what was answered', async () => {
    const port = await serving((request, response) => {
      response.writeHead(request.url === '/readyz' ? 503 : 200).end('the index is read-only\n')
    })
    await assert.rejects(check('--ready', '--port', port), {
      message: `http://127.0.0.1:${port}/readyz answers 503: the index is read-only`,
    })
  })

  it('says that nobody listens', async () => {
    const port = await serving(() => {})
    server?.close()
    await assert.rejects(check('--port', port), /livez: connect ECONNREFUSED/)
  })

  it('says that the connection was closed without an answer', async () => {
    const port = await serving((request) => request.socket.destroy())
    await assert.rejects(check('--port', port), /livez: socket hang up/)
  })
})
