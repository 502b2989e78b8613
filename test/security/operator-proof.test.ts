import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { operatorProof } from '../../src/auth/operator-proof.ts'
import { OperatorClient } from '../../src/cli/operator-client.ts'
import { startTestServer, testConfig } from '../support/server.ts'

const TOKENS = '/v2/_wasmoor/tokens'

describe('the commands of operators', () => {
  it('L4: do not send the admin key to another program on the port', async (test) => {
    const server = await startTestServer({}, test)
    const key = (await readFile(join(server.data, 'admin.key'), 'utf8')).trim()
    const received: string[] = []
    const impostor = createServer((request, response) => {
      const { authorization = '' } = request.headers
      received.push(Buffer.from(authorization.replace('Basic ', ''), 'base64').toString())
      response.end('{}')
    }).listen(0, '127.0.0.1')
    await once(impostor, 'listening')
    test.after(() => impostor.close())
    const { port } = impostor.address() as AddressInfo
    const client = new OperatorClient(testConfig({ data: server.data, port: String(port) }))
    await client.request({ path: TOKENS }, 200)
    assert.equal(received.length, 1)
    assert.ok(!received[0]!.includes(key) && !received[0]!.includes(key.slice(9)))
  })

  it('L4: send a proof that is good for one request, once, within a minute', async (test) => {
    const server = await startTestServer({}, test)
    const key = (await readFile(join(server.data, 'admin.key'), 'utf8')).trim()
    const answer = async (method: string, path: string, proof: string) => {
      const password = Buffer.from(`admin:${proof}`).toString('base64')
      return (await server.send(method, path, { headers: { Authorization: `Basic ${password}` } }))
        .status
    }
    const get = { method: 'GET', path: TOKENS }
    // An open registry denies what it does not let anonymous clients do.
    const proof = operatorProof(key, get, Date.now())
    assert.equal(await answer('GET', `${TOKENS}?n=1`, proof), 403)
    assert.equal(await answer('POST', TOKENS, proof), 403)
    assert.equal(await answer('GET', TOKENS, proof), 200)
    assert.equal(await answer('GET', TOKENS, proof), 403)
    assert.equal(await answer('GET', TOKENS, operatorProof(key, get, Date.now() - 61_000)), 403)
    assert.equal(await answer('GET', TOKENS, operatorProof(key, get, Date.now() + 61_000)), 403)
    assert.equal(await answer('GET', TOKENS, operatorProof(`${key}x`, get, Date.now())), 403)
  })
})
