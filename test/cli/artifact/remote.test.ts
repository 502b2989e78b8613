import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { WasmReport } from '../../../src/wasm/report/report.ts'
import { inspectCommand } from '../../../src/cli/inspect.ts'
import { lintCommand } from '../../../src/cli/lint.ts'
import { snippetCommand } from '../../../src/cli/snippet.ts'
import { basic, passwordOf, startClosedServer } from '../../support/closed-server.ts'
import { expect } from '../../support/expected-answers.ts'
import { descriptor, digest, image, IMAGE, index, INDEX } from '../../support/manifest-texts.ts'
import { filter } from '../../wasm/build/conventions.ts'
import { tar } from '../../wasm/build/tar.ts'
import { printedBy } from './printed.ts'

const MODULE = 'application/vnd.module.wasm.content.layer.v1+wasm'
const CONFIG = 'application/vnd.module.wasm.config.v1+json'
const TAR_GZIP = 'application/vnd.oci.image.layer.v1.tar+gzip'
const config = JSON.stringify({ config: { rootIds: ['my_root'] } })
const archive = gzipSync(tar({ name: 'plugin.wasm', data: filter }))

const closed = await startClosedServer({ users: ['all'] })
after(() => closed.stop())
const { server, directory } = closed
const host = `127.0.0.1:${server.port}`
const at = (name: string) => `${host}/asm/filter${name}`
const Authorization = basic('all')

async function push(tag: string, manifest: string, type = IMAGE): Promise<string> {
  for (const body of [config, filter, archive, '{}']) {
    const path = `/v2/asm/filter/blobs/uploads/?digest=${digest(body)}`
    expect(await server.post(path, { body, headers: { Authorization } }), 201)
  }
  const headers = { Authorization, 'Content-Type': type }
  expect(await server.put(`/v2/asm/filter/manifests/${tag}`, { body: manifest, headers }), 201)
  return manifest
}

const layers = [descriptor(config, CONFIG), descriptor(filter, MODULE)]
const single = await push('single', image({ config: layers[0], layers: layers.slice(1) }))
await push('two', image({ config: layers[0], layers }))
await push('compat', image({ layers: [descriptor(archive, TAR_GZIP)] }))
const child = { ...descriptor(single, IMAGE), platform: { os: 'linux', architecture: 'amd64' } }
await push('all', index([child]), INDEX)

const credentials = join(directory, 'config.json')
const login = { username: 'all', password: passwordOf('all') }
await writeFile(credentials, JSON.stringify({ auths: { [host]: login } }))
const noAccounts = join(directory, 'no-accounts.json')
await writeFile(noAccounts, '{"auths":{}}')

async function inspected(name: string): Promise<WasmReport> {
  const words = [at(name), '--json', '--credentials', credentials]
  return JSON.parse((await printedBy(inspectCommand, ...words)).text) as WasmReport
}

const rowOf = ({ consumers }: WasmReport, id: string) =>
  consumers.find(({ consumer }) => consumer === id)!

describe('commands for an artifact in a registry that requires an account', () => {
  it('inspect it with docker credentials, by tag and by digest', async () => {
    const byTag = await inspected(':single')
    assert.equal(byTag.digest, digest(single))
    assert.equal(byTag.convention.id, 'asm-single-layer')
    assert.equal(`sha256:${byTag.module?.sha256}`, digest(filter))
    const istio = rowOf(byTag, 'istio')
    assert.deepEqual([istio.pull.verdict, istio.pull.rule], ['refuses', 'layer-count'])
    assert.equal(istio.run.verdict, 'ok')
    const byDigest = await inspected(`@${digest(single)}`)
    assert.deepEqual(byDigest.consumers, byTag.consumers)
  })

  it('inspect the file in an archive', async () => {
    const { convention, module, consumers } = await inspected(':compat')
    assert.equal(convention.id, 'compat')
    assert.deepEqual([module?.inArchive, module?.size], [true, filter.length])
    const envoy = consumers.find(({ consumer }) => consumer === 'istio')
    assert.deepEqual([envoy?.pull.verdict, envoy?.run.verdict], ['ok', 'ok'])
  })

  it('inspect the manifest of an index that each consumer selects', async () => {
    const { convention, consumers, module, findings } = await inspected(':all')
    assert.equal(convention.id, 'index')
    assert.equal(`sha256:${module?.sha256}`, digest(filter))
    assert.deepEqual(
      findings.map(({ rule }) => rule),
      ['pull-layer-count'],
    )
    const istio = consumers.find(({ consumer }) => consumer === 'istio')
    assert.deepEqual([istio?.child, istio?.pull.rule], [digest(single), 'layer-count'])
  })

  it('lint it with exit codes 0, 1, and 2 if it cannot be pulled', async () => {
    const lint = (name: string, file = credentials) =>
      printedBy(lintCommand, at(name), '--credentials', file)
    assert.equal((await lint(':two')).code, 0)
    const { code, text } = await lint(':single')
    assert.equal(code, 1)
    assert.match(text, /number of layers must be 2 but got 1/)
    assert.match(text, new RegExp(`oras push ${at(':single')} --config `))
    await assert.rejects(lint(':two', noAccounts), { exitCode: 2, message: /returned 401: / })
    await assert.rejects(lint(':none'), { exitCode: 2, message: /returned 404: no manifest none/ })
  })

  it('print snippets for an artifact and for an index', async () => {
    const words = [at(':two'), '--for', 'asm', '--credentials', credentials]
    const { text } = await printedBy(snippetCommand, ...words)
    assert.match(text, new RegExp(`image: "${at(':two')}"`))
    assert.match(text, /rootID: "my_root"/)
    const istio = await printedBy(snippetCommand, at(':all'), '--for', 'istio', ...words.slice(3))
    assert.match(istio.text, new RegExp(`sha256: "${digest(single).slice(7)}"`))
    await assert.rejects(printedBy(snippetCommand, at(':two')), /missing or unknown --for/)
  })
})

describe('wasmoor lint of an index', () => {
  it('reports the invalid layers of its manifests', async (test) => {
    const cut = filter.subarray(0, -1)
    const invalid = image({ layers: [descriptor(cut, MODULE)] })
    const all = index([{ ...child, ...descriptor(invalid, IMAGE) }])
    const content: Record<string, readonly [type: string, bytes: string | Uint8Array]> = {
      'manifests/invalid': [INDEX, all],
      [`manifests/${digest(invalid)}`]: [IMAGE, invalid],
      [`blobs/${digest(cut)}`]: ['application/octet-stream', cut],
    }
    const unchecked = createServer(({ url = '' }, response) => {
      const [type, bytes] = content[url.replace('/v2/a/', '')] ?? ['text/plain', '{}']
      response.writeHead(200, { 'Content-Type': type }).end(bytes)
    })
    await once(unchecked.listen(0, '127.0.0.1'), 'listening')
    test.after(() => {
      unchecked.closeAllConnections()
      unchecked.close()
    })
    const { port } = unchecked.address() as AddressInfo
    const { code, text } = await printedBy(lintCommand, `127.0.0.1:${port}/a:invalid`)
    assert.equal(code, 1)
    assert.match(text, /^error: layer 0 is labelled .* but is cut off/)
  })
})
