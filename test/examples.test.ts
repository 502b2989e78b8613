import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { inspectCommand } from '../src/cli/inspect.ts'
import { lintCommand } from '../src/cli/lint.ts'
import type { WasmReport } from '../src/wasm/report/report.ts'
import { printedBy } from './cli/artifact/printed.ts'
import { expect } from './support/expected-answers.ts'
import { descriptor, image } from './support/manifest-texts.ts'
import { pushBlob, putManifest } from './support/pushes.ts'
import { startTestServer } from './support/server.ts'

const server = await startTestServer()
after(() => server.stop())

const folder = join(import.meta.dirname, '../examples/filter')

describe('examples/filter', () => {
  it('has a filter that Wasmoor recognises as a proxy-wasm module for Envoy', async () => {
    const { text } = await printedBy(inspectCommand, join(folder, 'filter.wasm'), '--json')
    const { module, consumers, findings } = JSON.parse(text) as WasmReport
    const wasm = module?.wasm
    assert.deepEqual(wasm?.proxyWasm.markers, ['proxy_abi_version_0_2_1'])
    assert.equal(wasm.damage, undefined)
    assert.deepEqual(
      wasm.imports.items.map(({ name }) => name),
      ['proxy_add_header_map_value'],
    )
    for (const id of ['envoy', 'istio', 'envoy-gateway', 'higress', 'asm'])
      assert.equal(consumers.find(({ consumer }) => consumer === id)?.run.verdict, 'ok', id)
    assert.deepEqual(
      findings.filter(({ severity }) => severity !== 'info'),
      [],
    )
  })

  it('has a runtime-config.json that can be parsed', () => {
    assert.doesNotThrow(() => JSON.parse(readFileSync(join(folder, 'runtime-config.json'), 'utf8')))
  })
})

describe('the README', () => {
  const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')
  const words = readme.replaceAll(/\s+/g, ' ')

  it('shows the real warning, layout response and lint result of examples/filter', async () => {
    const [config, layer] = ['runtime-config.json', 'filter.wasm'].map((name) =>
      readFileSync(join(folder, name)),
    )
    for (const bytes of [config!, layer!]) await pushBlob(server, 'demo/filter', bytes)
    const title = (name: string) => ({ annotations: { 'org.opencontainers.image.title': name } })
    const manifest = image({
      config: descriptor(config!, 'application/vnd.module.wasm.config.v1+json'),
      layers: [
        {
          ...descriptor(layer!, 'application/vnd.module.wasm.content.layer.v1+wasm'),
          ...title('filter.wasm'),
        },
      ],
    })
    const { headers } = await putManifest(server, 'demo/filter', 'v0.1', manifest)
    const warning = String(headers['warning']).replace(/^299 - "/, '')
    const [problem = '', fix = ''] = warning.split(' Instead: ')
    assert.ok(words.includes(`[WARNING]: ${problem} Instead: `), warning)
    assert.ok(fix.includes('/v2/demo/filter/_wasmoor/wasm/v0.1?layout=envoy'), warning)

    const made = await server.post('/v2/demo/filter/_wasmoor/wasm/v0.1?layout=envoy')
    const text = expect(made, 201).text.replaceAll(/sha256:[0-9a-f]+/g, 'sha256:…')
    assert.ok(readme.includes(text.trim()), text)

    const reference = `${server.host}:${server.port}/demo/filter:v0.1-envoy`
    const lint = await printedBy(lintCommand, reference, '--for', 'istio,envoy-gateway,higress')
    assert.equal(lint.code, 0)
    assert.ok(readme.includes(lint.text.trim()), lint.text)
  })
})
