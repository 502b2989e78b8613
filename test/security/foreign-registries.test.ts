import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { RegistryClient } from '../../src/cli/artifact/registry-client.ts'
import { readRemote } from '../../src/cli/artifact/read-artifact.ts'
import { checkStep } from '../../src/cli/artifact/redirects.ts'
import { digest, IMAGE } from '../support/manifest-texts.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

async function serve(
  test: TestContext,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(answer)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  test.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

const WASM = 'application/vnd.wasm.content.layer.v1+wasm'

describe('a foreign registry', () => {
  it('L5: a layer with other bytes than its digest is an error, wherever they differ', async (test) => {
    for (const [given, size] of [
      ['<html>', 6],
      ['\0asm\x01\0\0\0', 8],
    ] as const) {
      const layer = { mediaType: WASM, digest: digest('other'), size }
      const config = {
        mediaType: 'application/vnd.wasm.config.v0+json',
        digest: digest('{}'),
        size: 2,
      }
      const manifest = { schemaVersion: 2, mediaType: IMAGE, config, layers: [layer] }
      const host = await serve(test, ({ url }, response) => {
        if (url?.includes('/manifests/'))
          response.setHeader('Content-Type', IMAGE).end(JSON.stringify(manifest))
        else response.end(url?.endsWith(config.digest) ? '{}' : given)
      })
      await assert.rejects(
        readRemote(`${host}/a:v1`, await withoutAccounts(test)),
        /another digest/,
      )
    }
  })

  it('L5: a body ends where its descriptor says, however long it goes on', async (test) => {
    let written = 0
    const host = await serve(test, (_request, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(1024))) written += 1024
      }
      response.on('drain', more)
      more()
    })
    const client = await clientOf(test, host)
    const blob = client.blob({ mediaType: 'a/b', digest: digest('x'), size: 2048 })
    await assert.rejects(async () => {
      for await (const _piece of blob);
    }, /more than 2048 bytes/)
    assert.ok(written < 64 * 1024 * 1024)
  })

  it('L5: redirects lead neither from https to http nor into private networks', async () => {
    const step = (from: string, to: string) => checkStep(new URL(from), new URL(to))
    await assert.rejects(step('https://192.0.2.1', 'http://192.0.2.1/x'), /no TLS/)
    await assert.rejects(step('https://192.0.2.1', 'file:///etc/passwd'), /no TLS/)
    for (const address of [
      '127.0.0.1',
      '0.0.0.0',
      '10.1.2.3',
      '169.254.169.254',
      '2130706433',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '[fd00::1]',
      'localhost',
    ])
      await assert.rejects(step('http://192.0.2.1', `http://${address}/`), /private/, address)
    await step('https://192.0.2.1', 'https://192.0.2.2/x')
    await step('http://10.0.0.1', 'http://127.0.0.1/x')
  })

  it('L5: redirects are followed without the credentials of the registry, and not for ever', async (test) => {
    const other = await serve(test, ({ headers }, response) => {
      response.end(headers.authorization ?? 'none')
    })
    const host = await serve(test, ({ url }, response) => {
      const location = url?.endsWith(digest('none')) ? `http://${other}/x` : (url ?? '')
      response.writeHead(307, { Location: location }).end()
    })
    const client = await clientOf(test, host)
    const read = async (text: string) => {
      const pieces: Uint8Array[] = []
      const descriptor = { mediaType: 'a/b', digest: digest(text), size: 4 }
      for await (const piece of client.blob(descriptor)) pieces.push(piece)
      return Buffer.concat(pieces).toString()
    }
    assert.equal(await read('none'), 'none')
    await assert.rejects(read('loop'), /cannot be reached/)
  })
})

async function withoutAccounts(test: TestContext) {
  return { plainHttp: true, credentials: await emptyConfig(test) }
}

async function clientOf(test: TestContext, host: string): Promise<RegistryClient> {
  return new RegistryClient(host, 'a', { secure: false, credentials: await emptyConfig(test) })
}

async function emptyConfig(test: TestContext): Promise<string> {
  const path = join(await temporaryDirectory(test), 'config.json')
  await writeFile(path, '{"auths":{}}')
  return path
}
