import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import type { WasmReport } from '../../src/wasm/report/report.ts'
import { expect, expectError, expectHeaders } from '../support/expected-answers.ts'
import { descriptor, digest, image } from '../support/manifest-texts.ts'
import { pushBlob, putManifest } from '../support/pushes.ts'
import { startTestServer } from '../support/server.ts'
import { undescribed } from '../support/undescribed.ts'
import { command, filter, server as component } from '../wasm/build/conventions.ts'

const server = await startTestServer()
after(() => server.stop())

const MODULE = 'application/vnd.module.wasm.content.layer.v1+wasm'
const CONFIG = 'application/vnd.module.wasm.config.v1+json'
for (const blob of ['{}', filter, command, component]) await pushBlob(server, 'asm/filter', blob)
const schema = (await server.get('/v2/_wasmoor/wasm/schema')).json<object>()

function single(module: Uint8Array = filter, annotations = {}): string {
  const layers = [descriptor(module, MODULE)]
  return image({ config: descriptor('{}', CONFIG), layers, annotations })
}

const at = (reference: string) => `/v2/asm/filter/_wasmoor/wasm/${reference}`
const push = (tag: string, manifest = single()) => putManifest(server, 'asm/filter', tag, manifest)

async function report(reference: string): Promise<WasmReport> {
  const found = expect(await server.get(at(reference)), 200).json<WasmReport>()
  assert.deepEqual(undescribed(found, schema), [])
  return found
}

const rulesOf = ({ findings }: WasmReport) => findings.map(({ rule }) => rule)

describe('POST of a layout', () => {
  it('POST of a layout makes it, says where it is, and says so again', async () => {
    await push('v1')
    const answer = expect(await server.post(at('v1?layout=envoy')), 201)
    const body = answer.json<{ digest: string }>()
    const made = { layout: 'envoy', digest: body.digest, tag: 'v1-envoy' }
    assert.deepEqual(body, { ...made, original: digest(single()) })
    expectHeaders(answer, {
      location: `/v2/asm/filter/manifests/${body.digest}`,
      'docker-content-digest': body.digest,
      'oci-tag': 'v1-envoy',
      'content-type': 'application/json',
      'content-length': String(answer.body.byteLength),
    })
    assert.equal(answer.headers.warning, undefined)
    const pulled = expect(await server.get('/v2/asm/filter/manifests/v1-envoy'), 200)
    assert.equal(digest(pulled.text), body.digest)
    const again = expect(await server.post(at('v1?layout=envoy')), 200)
    assert.deepEqual(again.json(), body)
    assert.equal(again.headers.location, answer.headers.location)
  })

  it('POST of a layout takes a digest, a tag of its own, and one that is taken only if that is said', async () => {
    await push('v2')
    const byDigest = expect(await server.post(at(`${digest(single())}?layout=compat`)), 201)
    assert.equal(byDigest.headers['oci-tag'], undefined)
    const prod = await server.post(at(`${digest(single())}?layout=compat&tag=prod`))
    assert.equal(expect(prod, 201).headers['oci-tag'], 'prod')
    expectError(await server.post(at('v2?layout=compat&tag=v2')), 409, 'DENIED')
    expect(await server.post(at('v2?layout=compat&tag=v2&replace=true')), 201)
    const pulled = await server.get('/v2/asm/filter/manifests/v2')
    assert.equal(digest(pulled.text), prod.headers['docker-content-digest'])
  })

  it('POST of a layout warns about a module that no consumer will run', async () => {
    await push('command', single(command))
    const { headers } = expect(await server.post(at('command?layout=envoy')), 201)
    assert.match(String(headers.warning), /^299 - "Istio .*Missing or unknown Proxy-Wasm ABI/)
  })

  for (const [query, status, code, message] of [
    ['', 400, 'UNSUPPORTED', /layout must be envoy or compat/],
    ['?layout=other', 400, 'UNSUPPORTED', /layout must be envoy or compat/],
    ['?layout=envoy&replace=yes', 400, 'UNSUPPORTED', /replace must be true or false/],
    ['?layout=envoy&tag=.no', 400, 'MANIFEST_INVALID', /a tag has 1 to 128/],
  ] as const) {
    it(`POST of a layout refuses "${query}"`, async () => {
      await push('v3')
      assert.match(expectError(await server.post(at(`v3${query}`)), status, code), message)
    })
  }

  it('POST of a layout refuses what no layout can be made of, and says why', async () => {
    await push('component', single(component))
    const message = expectError(await server.post(at('component?layout=envoy')), 400, 'UNSUPPORTED')
    assert.match(message, /its file is a component/)
    expectError(await server.post(at('nothing?layout=envoy')), 404, 'MANIFEST_UNKNOWN')
  })
})

describe('the report', () => {
  it('the report tells the layouts of an artifact, and that its signatures are none of them', async () => {
    await push('v4', single(filter, { of: 'v4' }))
    assert.deepEqual((await report('v4')).layouts, [])
    const made = expect(await server.post(at('v4?layout=envoy')), 201).json<{ digest: string }>()
    const original = digest(single(filter, { of: 'v4' }))
    const told = { layout: 'envoy', version: 1, digest: made.digest, tag: 'v4-envoy', original }
    const found = await report('v4')
    assert.deepEqual(found.layouts, [{ ...told, stale: false }])
    assert.equal(found.layoutOf, undefined)
    assert.ok(rulesOf(found).includes('original-signatures'))
    const layout = await report('v4-envoy')
    assert.deepEqual(layout.layoutOf, { ...told, stale: false })
    assert.deepEqual(layout.layouts, [])
    const signatures = layout.findings.find(({ rule }) => rule === 'layout-signatures')
    assert.match(signatures?.fix?.command ?? '', new RegExp(`^cosign sign .*@${made.digest}$`))
  })

  it('the report names the layouts that are out of date', async () => {
    const [first, second] = ['first', 'second'].map((of) => single(filter, { of }))
    await push('v5', first)
    expect(await server.post(at('v5?layout=envoy')), 201)
    await push('v5', second)
    for (const reference of ['v5', digest(first!)]) {
      const found = await report(reference)
      assert.deepEqual(
        found.layouts?.map(({ tag, stale, original }) => [tag, stale, original]),
        [['v5-envoy', true, digest(first!)]],
      )
      const behind = found.findings.find(({ rule }) => rule === 'layout-stale')
      assert.equal(behind?.fix?.command, 'POST /v2/asm/filter/_wasmoor/wasm/v5?layout=envoy')
    }
    assert.equal((await report('v5-envoy')).layoutOf?.stale, true)
    expect(await server.post(at('v5?layout=envoy')), 201)
    assert.deepEqual(
      (await report('v5')).layouts?.map(({ stale }) => stale),
      [false],
    )
  })
})
