import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { WasmReport } from '../../src/wasm/report/report.ts'
import { expect, expectError, expectHeaders } from '../support/expected-answers.ts'
import { descriptor, digest, image, IMAGE, index, INDEX } from '../support/manifest-texts.ts'
import { pushBlob, pushImage, putManifest } from '../support/pushes.ts'
import { startTestServer } from '../support/server.ts'
import { undescribed } from '../support/undescribed.ts'
import { filter, server as component } from '../wasm/build/conventions.ts'
import { tar } from '../wasm/build/tar.ts'

const server = await startTestServer()
after(() => server.stop())

const MODULE = 'application/vnd.module.wasm.content.layer.v1+wasm'
const CONFIG = 'application/vnd.module.wasm.config.v1+json'
const TAR_GZIP = 'application/vnd.oci.image.layer.v1.tar+gzip'
const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json'
const archive = gzipSync(tar({ name: 'plugin.wasm', data: filter }))
for (const blob of ['{}', filter, component, archive]) await pushBlob(server, 'asm/filter', blob)

const config = descriptor('{}', CONFIG)
const title = { annotations: { 'org.opencontainers.image.title': 'filter.wasm' } }
const layer = { ...descriptor(filter, MODULE), ...title }
const single = image({ config, layers: [layer] })
await putManifest(server, 'asm/filter', 'v0.1', single)

const at = (reference: string) => `/v2/asm/filter/_wasmoor/wasm/${reference}`
const schema = (await server.get('/v2/_wasmoor/wasm/schema')).json<object>()

async function reportOn(reference: string): Promise<WasmReport> {
  const report = expect(await server.get(at(reference)), 200).json<WasmReport>()
  assert.deepEqual(undescribed(report, schema), [])
  return report
}

const rowOf = ({ consumers }: WasmReport, id: string) =>
  consumers.find(({ consumer }) => consumer === id)!

describe('the report on an artifact', () => {
  it('the report on an artifact says what it is, who takes it, and both hashes', async () => {
    const report = await reportOn('v0.1')
    assert.equal(report.schemaVersion, 1)
    assert.equal(report.reference, `127.0.0.1:${server.port}/asm/filter:v0.1`)
    assert.equal(report.convention.id, 'asm-single-layer')
    assert.equal(report.digest, digest(single))
    const { module } = report
    assert.deepEqual(
      [`sha256:${module?.sha256}`, module?.title, module?.wasm?.kind, module?.inArchive],
      [digest(filter), 'filter.wasm', 'core-module', false],
    )
    const { pull, run } = rowOf(report, 'istio')
    assert.deepEqual([pull.verdict, pull.rule, run.verdict], ['refuses', 'layer-count', 'ok'])
    assert.deepEqual(report.policy, { mode: 'warn', outcome: 'warns' })
    const [trap] = report.findings
    assert.deepEqual([trap?.severity, trap?.rule], ['warning', 'pull-layer-count'])
    assert.match(trap?.fix?.command ?? '', new RegExp(`^oras push ${report.reference} --config `))
  })

  it('the report on an artifact is the same by digest', async () => {
    const [byTag, byDigest] = [await reportOn('v0.1'), await reportOn(digest(single))]
    assert.match(byDigest.reference, new RegExp(`@${digest(single)}$`))
    assert.deepEqual(byDigest.consumers, byTag.consumers)
    assert.deepEqual(byDigest.module, byTag.module)
  })

  it('the report on an artifact has an ETag by what it says', async () => {
    const answer = expect(await server.get(at('v0.1')), 200)
    const etag = String(answer.headers.etag)
    expectHeaders(answer, {
      'content-type': 'application/json',
      'content-length': String(answer.body.byteLength),
      link: '</v2/_wasmoor/wasm/schema>; rel="describedby"',
      etag,
    })
    const unchanged = await server.get(at('v0.1'), { 'If-None-Match': etag })
    assert.deepEqual([unchanged.status, unchanged.text], [304, ''])
    assert.equal(unchanged.headers.etag, etag)
    expect(await server.get(at('v0.1'), { 'If-None-Match': '"sha256:other"' }), 200)
    assert.equal(expect(await server.head(at('v0.1')), 200).text, '')
  })

  it('the report on an artifact opens an archive when it is first asked', async () => {
    const compat = image({
      config: descriptor('{}', OCI_CONFIG),
      layers: [descriptor(archive, TAR_GZIP)],
    })
    await putManifest(server, 'asm/filter', 'compat', compat)
    const report = await reportOn('compat')
    assert.equal(report.convention.id, 'compat')
    assert.deepEqual([report.module?.inArchive, report.module?.size], [true, filter.length])
    assert.equal(`sha256:${report.module?.sha256}`, digest(filter))
    assert.equal(rowOf(report, 'istio').pull.verdict, 'ok')
  })

  it('the report on an artifact says that other things are no Wasm', async () => {
    const other = await pushImage(server, 'asm/filter', 'other', {
      layers: [descriptor('layer', 'text/plain')],
    })
    const report = await reportOn(other)
    assert.deepEqual(report.convention, { id: 'none', title: 'not Wasm', madeFor: [] })
    assert.equal(report.module, undefined)
    assert.deepEqual(report.findings, [])
  })

  it('the report on an artifact lists the manifests of an index, and what is in the one that is taken', async () => {
    const wasm = { os: 'wasip2', architecture: 'wasm' }
    const linux = { os: 'linux', architecture: 'amd64' }
    const children = [
      { ...descriptor(image(), IMAGE), platform: wasm },
      { ...descriptor(single, IMAGE), platform: linux },
    ]
    await pushImage(server, 'asm/filter')
    await putManifest(server, 'asm/filter', 'all', index(children), INDEX)
    const report = await reportOn('all')
    assert.equal(report.convention.id, 'index')
    assert.equal(report.children?.total, 2)
    const [first, second] = report.children?.items ?? []
    assert.deepEqual([first?.platform, first?.selectedBy], [wasm, []])
    assert.equal(second?.convention?.id, 'asm-single-layer')
    assert.ok(second?.selectedBy.includes('istio'))
    assert.equal(`sha256:${report.module?.sha256}`, digest(filter))
  })

  it('the report on an artifact of nothing is an error', async () => {
    expectError(await server.get(at('v9')), 404, 'MANIFEST_UNKNOWN')
    expectError(await server.get('/v2/no/_wasmoor/wasm/v1'), 404, 'NAME_UNKNOWN')
    expectError(await server.get(at('sha256:x')), 400, 'DIGEST_INVALID')
  })

  it('the report on an artifact describes itself', async () => {
    const answer = expect(await server.get('/v2/_wasmoor/wasm/schema'), 200)
    assert.equal(answer.headers['content-type'], 'application/schema+json')
    assert.equal(
      (schema as { $schema: string }).$schema,
      'https://json-schema.org/draft/2020-12/schema',
    )
    assert.deepEqual(undescribed({ schemaVersion: 1, shoeSize: 43 }, schema).length > 0, true)
  })
})

describe('the report with sparse references', () => {
  it('the report with sparse references names an invalid layer that came after its manifest', async (test) => {
    const sparse = await startTestServer({ 'validation.references': 'sparse' }, test)
    const cut = filter.subarray(0, -1)
    const manifest = image({ config, layers: [descriptor(cut, MODULE)] })
    await putManifest(sparse, 'a', 'v1', manifest)
    const before = (await sparse.get('/v2/a/_wasmoor/wasm/v1')).json<WasmReport>()
    assert.equal(before.module, undefined)
    assert.equal(rowOf(before, 'envoy').run.verdict, 'unknown')
    await pushBlob(sparse, 'a', cut)
    const after_ = (await sparse.get('/v2/a/_wasmoor/wasm/v1')).json<WasmReport>()
    assert.equal(after_.findings[0]?.rule, 'cut-short')
    assert.equal(after_.policy?.outcome, 'refuses')
  })
})
