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

/** A server with the given answers, a client for it, and the requests that it received. */
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

describe('RegistryClient', () => {
  it('answers a Basic challenge with the account from the credentials file', async (test) => {
    const { client } = await registry(test, (request, response) => {
      if (request.headers.authorization === basic('u', 'p:@')) give(response, manifest, IMAGE)
      else response.writeHead(401, { 'WWW-Authenticate': 'Basic realm=x' }).end()
    })
    assert.equal((await client.manifest('v1')).digest, digest(manifest))
  })

  it('fetches a bearer token for pulling when it is challenged to', async (test) => {
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

  it('sends no password over plain http to a token server on another host', async (test) => {
    const { client, asked } = await registry(test, (_request, response) => {
      const challenge = 'Bearer realm="http://127.0.0.2:9/token",service="s"'
      response.writeHead(401, { 'WWW-Authenticate': challenge }).end()
    })
    await assert.rejects(
      client.manifest('v1'),
      /refused to send the password for .* to http:\/\/127\.0\.0\.2:9 without TLS/,
    )
    assert.equal(asked.length, 1)
  })

  it('refuses a manifest with another digest, and blobs beyond the given size', async (test) => {
    const { client } = await registry(test, (request, response) => {
      give(response, request.url?.includes('blobs') ? 'x'.repeat(100) : manifest, IMAGE)
    })
    await assert.rejects(
      client.manifest(digest('other')),
      /returned a manifest with another digest/,
    )
    const blob = client.blob({ mediaType: 'a/b', digest: digest('x'), size: 99 })
    await assert.rejects(blob.next(), /more than 99 bytes/)
  })

  it('reports the status and the error messages of the registry', async (test) => {
    const { client } = await registry(test, (request, response) => {
      const body = '{"errors":[{"code":"MANIFEST_UNKNOWN","message":"no such tag"}]}'
      response.writeHead(404).end(request.url?.includes('v1') ? body : '<html>')
    })
    await assert.rejects(client.manifest('v1'), /manifests\/v1 returned 404: no such tag/)
    await assert.rejects(client.manifest('v2'), /manifests\/v2 returned 404 Not Found/)
  })
})
