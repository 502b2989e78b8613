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
  it('succeeds if /livez answers 200', async () => {
    const port = await serving((request, response) => {
      response.writeHead(request.url === '/livez' ? 200 : 503).end()
    })
    const { code, printed } = await check('--port', port)
    assert.deepEqual([code, printed], [0, `http://127.0.0.1:${port}/livez answered 200\n`])
  })

  it('checks /readyz with --ready, and prints its answer', async () => {
    const port = await serving((request, response) => {
      response.writeHead(request.url === '/readyz' ? 503 : 200).end('the index is read-only\n')
    })
    await assert.rejects(check('--ready', '--port', port), {
      message: `http://127.0.0.1:${port}/readyz answered 503: the index is read-only`,
    })
  })

  it('fails if no server is listening', async () => {
    const port = await serving(() => {})
    server?.close()
    await assert.rejects(check('--port', port), /livez: connect ECONNREFUSED/)
  })

  it('fails if the connection is closed without a response', async () => {
    const port = await serving((request) => request.socket.destroy())
    await assert.rejects(check('--port', port), /livez: socket hang up/)
  })
})
