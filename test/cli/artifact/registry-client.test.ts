import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it, type TestContext } from 'node:test'
import { RegistryClient } from '../../../src/cli/artifact/registry-client.ts'
import { basic } from '../../support/closed-server.ts'
import { digest, image, IMAGE } from '../../support/manifest-texts.ts'

const directory = await mkdtemp(join(tmpdir(), 'wasmoor-client-'))
after(() => rm(directory, { recursive: true }))

/** A registry that answers as it is told, and the requests that it got. */
async function registry(
  test: TestContext,
  answer: (request: IncomingMessage, response: ServerResponse, host: string) => void,
): Promise<{ client: RegistryClient; asked: [string, string | undefined][] }> {
  const asked: [string, string | undefined][] = []
  const server = createServer((request, response) => {
    asked.push([request.url ?? '', request.headers.authorization])
    answer(request, response, host)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  test.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const credentials = join(directory, `${host}.json`)
  const auths = { [host]: { username: 'u', password: 'p:@' } }
  await writeFile(credentials, JSON.stringify({ auths }))
  return { client: new RegistryClient(host, 'a/b', { secure: false, credentials }), asked }
}

const manifest = image()
const give = (response: ServerResponse, body: string, type = 'application/json') =>
  response.writeHead(200, { 'Content-Type': type }).end(body)

describe('a client of registries', () => {
  it('answers Basic', async (test) => {
    const { client } = await registry(test, (request, response) => {
      if (request.headers.authorization === basic('u', 'p:@')) give(response, manifest, IMAGE)
      else response.writeHead(401, { 'WWW-Authenticate': 'Basic realm=x' }).end()
    })
    assert.equal((await client.manifest('v1')).digest, digest(manifest))
  })

  it('fetches a token for pulling', async (test) => {
    const { client, asked } = await registry(test, (request, response, host) => {
      if (request.url?.startsWith('/token')) give(response, '{"token":"t"}')
      else if (request.headers.authorization === 'Bearer t') give(response, manifest, IMAGE)
      else {
        const challenge = `Bearer realm="http://${host}/token",service="s"`
        response.writeHead(401, { 'WWW-Authenticate': challenge }).end()
      }
    })
    await client.manifest('v1')
    const [path, authorization] = asked[1]!
    assert.equal(path, '/token?service=s&scope=repository%3Aa%2Fb%3Apull')
    assert.equal(authorization, basic('u', 'p:@'))
  })

  it('sends no password where the registry points elsewhere without TLS', async (test) => {
    const { client, asked } = await registry(test, (_request, response) => {
      const challenge = 'Bearer realm="http://127.0.0.2:9/token",service="s"'
      response.writeHead(401, { 'WWW-Authenticate': challenge }).end()
    })
    await assert.rejects(
      client.manifest('v1'),
      /sends passwords to http:\/\/127\.0\.0\.2:9 .*refused/,
    )
    assert.equal(asked.length, 1)
  })

  it('takes no other bytes than those of the digest, and not too many', async (test) => {
    const { client } = await registry(test, (request, response) => {
      give(response, request.url?.includes('blobs') ? 'x'.repeat(100) : manifest, IMAGE)
    })
    await assert.rejects(client.manifest(digest('other')), /a manifest of another digest/)
    await assert.rejects(client.smallBlob(digest('x'), 99), /more than 99 bytes/)
  })

  it('says what the registry says', async (test) => {
    const { client } = await registry(test, (request, response) => {
      const body = '{"errors":[{"code":"MANIFEST_UNKNOWN","message":"no such tag"}]}'
      response.writeHead(404).end(request.url?.includes('v1') ? body : '<html>')
    })
    await assert.rejects(client.manifest('v1'), /manifests\/v1 answers 404: no such tag/)
    await assert.rejects(client.manifest('v2'), /manifests\/v2 answers 404 Not Found/)
  })
})
