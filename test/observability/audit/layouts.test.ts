import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from '../../support/expected-answers.ts'
import { descriptor, image } from '../../support/manifest-texts.ts'
import { pushBlob, putManifest } from '../../support/pushes.ts'
import { startTestServer } from '../../support/server.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { filter } from '../../wasm/build/conventions.ts'

const output = join(await temporaryDirectory({ after }), 'audit.log')
const server = await startTestServer({
  'audit.output': output,
  'wasm.policies': '[{repositories: ["der/**"], mode: warn, derive: [envoy]}]',
})
after(() => server.stop())

const manifest = image({
  config: descriptor('{}', 'application/vnd.module.wasm.config.v1+json'),
  layers: [descriptor(filter, 'application/vnd.module.wasm.content.layer.v1+wasm')],
})
for (const repository of ['der/a', 'plain/a'])
  for (const blob of ['{}', filter]) await pushBlob(server, repository, blob)

/** The lines of a route, once there are so many. */
async function lines(route: string, count: number): Promise<Record<string, unknown>[]> {
  for (;;) {
    const text = (await readFile(output, 'utf8')).trimEnd()
    const all = text.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
    const found = all.filter((line) => line['route'] === route)
    if (found.length >= count) return found
    await pause(5)
  }
}

describe('the audit log', () => {
  it('the audit log names the tags of layouts that came with a push', async () => {
    await putManifest(server, 'der/a', 'v1', manifest)
    const [line] = await lines('manifest-put', 1)
    assert.deepEqual(
      [line?.['event'], line?.['reference'], line?.['tags']],
      ['push', 'v1', ['v1-envoy']],
    )
  })

  it('the audit log names who had a layout made, and its tag', async () => {
    await putManifest(server, 'plain/a', 'v1', manifest)
    const path = '/v2/plain/a/_wasmoor/wasm/v1?layout=envoy&tag=used'
    const made = expect(await server.post(path), 201).headers['docker-content-digest']
    const [line] = await lines('layout-make', 1)
    assert.deepEqual(
      [line?.['event'], line?.['repository'], line?.['tags']],
      ['push', 'plain/a', ['used']],
    )
    assert.equal(line?.['layout'], 'envoy')
    assert.equal(line['digest'], made)
  })
})
