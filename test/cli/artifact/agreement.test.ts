import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import type { WasmReport } from '../../../src/wasm/report/report.ts'
import { inspectCommand } from '../../../src/cli/inspect.ts'
import { expect } from '../../support/expected-answers.ts'
import { descriptor, image } from '../../support/manifest-texts.ts'
import { pushBlob, putManifest } from '../../support/pushes.ts'
import { startTestServer } from '../../support/server.ts'
import { command } from '../../wasm/build/conventions.ts'
import { printedBy } from './printed.ts'

const server = await startTestServer()
after(() => server.stop())

/** The reports of the command and of the server; only the server knows a policy and layouts. */
async function reportsOn(tag: string): Promise<readonly [cli: WasmReport, server: WasmReport]> {
  const at = `127.0.0.1:${server.port}/a:${tag}`
  const { text } = await printedBy(inspectCommand, at, '--json')
  const answer = expect(await server.get(`/v2/a/_wasmoor/wasm/${tag}`), 200)
  const { policy: _policy, layouts: _layouts, ...report } = answer.json<WasmReport>()
  return [JSON.parse(text) as WasmReport, report]
}

describe('wasmoor inspect of a remote artifact', () => {
  it('agrees with the report of the server on 20 layers and a config of 100 KiB', async () => {
    const config = JSON.stringify({ architecture: 'wasm', padding: 'x'.repeat(100 * 1024) })
    const data = Array.from({ length: 19 }, (_, position) => `document ${position}`)
    for (const blob of [config, ...data, command]) await pushBlob(server, 'a', blob)
    const layers = [
      ...data.map((text) => descriptor(text, 'application/vnd.oci.image.layer.v1.tar')),
      descriptor(command, 'application/wasm'),
    ]
    const ofImage = descriptor(config, 'application/vnd.oci.image.config.v1+json')
    await putManifest(server, 'a', 'v1', image({ config: ofImage, layers }))
    const [cli, stored] = await reportsOn('v1')
    assert.deepEqual(cli, stored)
    // Without the config, and without the last layer, neither verdict would be known.
    const runwasi = cli.consumers.find(({ consumer }) => consumer === 'runwasi')
    assert.deepEqual([runwasi?.pull.verdict, runwasi?.run.verdict], ['ok', 'ok'])
  })

  it('agrees with the report of the server on Wasm in a layer without a Wasm media type', async () => {
    const texts = ['{}', 'a text', command]
    for (const blob of texts) await pushBlob(server, 'a', blob)
    const layers = [
      descriptor('a text', 'text/plain'),
      descriptor(command, 'application/vnd.oci.image.layer.v1.tar'),
    ]
    await putManifest(server, 'a', 'untyped', image({ layers }))
    const [cli, stored] = await reportsOn('untyped')
    assert.deepEqual(cli, stored)
    assert.equal(cli.convention.id, 'untyped')
  })
})
