import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { inspectCommand } from '../src/cli/inspect.ts'
import type { WasmReport } from '../src/wasm/report/report.ts'
import { printedBy } from './cli/artifact/printed.ts'

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

  it('has a config that is JSON', () => {
    assert.doesNotThrow(() => JSON.parse(readFileSync(join(folder, 'runtime-config.json'), 'utf8')))
  })
})
