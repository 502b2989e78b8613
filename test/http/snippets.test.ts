import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { parse } from 'yaml'
import { expect, expectError, expectHeaders } from '../support/expected-answers.ts'
import { descriptor, digest, image, index, INDEX } from '../support/manifest-texts.ts'
import { pushBlob, pushImage, putManifest } from '../support/pushes.ts'
import { startTestServer } from '../support/server.ts'

const server = await startTestServer({ trustedProxies: '[127.0.0.1]' })
after(() => server.stop())

const MODULE = 'application/vnd.module.wasm.content.layer.v1+wasm'
const CONFIG = 'application/vnd.module.wasm.config.v1+json'
const config = JSON.stringify({ config: { rootIds: ['my_root'] } })
const filter = Buffer.from('\0asm\x01\0\0\0')
for (const blob of [config, filter]) await pushBlob(server, 'asm/filter', blob)
const single = image({
  config: descriptor(config, CONFIG),
  layers: [descriptor(filter, MODULE)],
})
await putManifest(server, 'asm/filter', 'v0.1', single)

const at = (reference: string, kind: string) =>
  `/v2/asm/filter/_wasmoor/snippets/${reference}?for=${kind}`

describe('snippets', () => {
  it('snippets name the registry as the client does, and what is in the config', async () => {
    const answer = expect(await server.get(at('v0.1', 'asm'), { Host: 'registry:8443' }), 200)
    expectHeaders(answer, {
      'content-type': 'text/plain; charset=utf-8',
      'content-length': String(answer.body.byteLength),
    })
    const { spec } = parse(answer.text) as { spec: { filter: Record<string, string> } }
    assert.equal(spec.filter['image'], 'registry:8443/asm/filter:v0.1')
    assert.equal(spec.filter['rootID'], 'my_root')
    assert.match(answer.text, /plain http is not documented/)
    const headers = { Host: 'registry', 'X-Forwarded-Proto': 'https' }
    const secure = expect(await server.get(at('v0.1', 'asm'), headers), 200)
    assert.doesNotMatch(secure.text, /plain http/)
  })

  it('snippets say what is wrong with the artifact, by what its manifest shows', async () => {
    const { text } = expect(await server.get(at(digest(single), 'istio')), 200)
    assert.match(text, /^# Istio .*number of layers must be 2 but got 1/)
    assert.match(text, new RegExp(`url: "oci://[^"]+@${digest(single)}"`))
  })

  it('snippets of an index are about the child that the consumer takes', async () => {
    const other = await pushImage(server, 'asm/filter', 'other')
    const child = (platform: object, text: string) => ({
      ...descriptor(text, 'application/vnd.oci.image.manifest.v1+json'),
      platform,
    })
    const children = [
      { ...child({ os: 'linux', architecture: 'arm64' }, image()), digest: other },
      child({ os: 'linux', architecture: 'amd64' }, single),
    ]
    await putManifest(server, 'asm/filter', 'all', index(children), INDEX)
    const { text } = expect(await server.get(at('all', 'istio')), 200)
    assert.match(text, new RegExp(`sha256: "${digest(single).slice(7)}"`))
  })

  it('snippets of an unknown kind, or of nothing: an error says what to do', async () => {
    for (const query of ['', '?for=', '?for=nginx']) {
      const path = `/v2/asm/filter/_wasmoor/snippets/v0.1${query}`
      const message = expectError(await server.get(path), 400, 'UNSUPPORTED')
      assert.match(message, /for must be one of istio, envoy-gateway, higress, asm, envoy,/)
    }
    expectError(await server.get(at('v9', 'istio')), 404, 'MANIFEST_UNKNOWN')
    expectError(await server.get('/v2/no/_wasmoor/snippets/v1?for=istio'), 404, 'NAME_UNKNOWN')
    expectError(await server.get(at('sha256:x', 'istio')), 400, 'DIGEST_INVALID')
    const layers = [descriptor('layer', 'text/plain')]
    await pushImage(server, 'asm/filter', 'text', { layers })
    expectError(await server.get(at('text', 'envoy')), 400, 'UNSUPPORTED')
  })

  it('snippets answer HEAD', async () => {
    const answer = expect(await server.head(at('v0.1', 'oras')), 200)
    assert.equal(answer.text, '')
  })
})
