import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { expect, expectError } from '../../support/expected-answers.ts'
import { descriptor, digest, image, IMAGE, index, INDEX } from '../../support/manifest-texts.ts'
import { pushBlob, putManifest } from '../../support/pushes.ts'
import type { Answer } from '../../support/requests.ts'
import { startTestServer } from '../../support/server.ts'
import type { Plan } from '../build/artifact.ts'
import { bytes } from '../build/bytes.ts'
import { command, filter, PUSHES } from '../build/conventions.ts'
import { pushPlan } from '../build/push-plan.ts'

const MODULE = 'application/vnd.module.wasm.content.layer.v1+wasm'
const CONFIG = 'application/vnd.module.wasm.config.v1+json'
const SIGNATURE = `sha256-${'0'.repeat(64)}`
const POLICIES = [
  { repositories: ['off/**'], mode: 'off' },
  { repositories: ['asm/**'], mode: 'warn', consumers: ['asm'] },
  { repositories: ['mesh/**'], mode: 'enforce', consumers: ['istio', 'envoy-gateway'] },
  { repositories: ['asm-only/**'], mode: 'enforce', consumers: ['asm'] },
  { repositories: ['wkg/**'], mode: 'enforce', consumers: ['wkg'] },
]

const server = await startTestServer({ 'wasm.policies': JSON.stringify(POLICIES) })
after(() => server.stop())

const push = (repository: string, reference: string, plan: Plan) =>
  pushPlan(server, repository, reference, plan)
const single = PUSHES['asm-single-layer']!
const two = PUSHES['solo-io-oci']!

function warningsIn(answer: Answer): string[] {
  const at = answer.headers['warning']
  return at === undefined ? [] : [at].flat()
}

/** The message of a refusal, and the rules in its detail. */
function refusal(answer: Answer): { message: string; rules: string[] } {
  const message = expectError(answer, 400, 'MANIFEST_INVALID')
  assert.match(message, /^[ -~]+$/)
  assert.ok(answer.body.byteLength < 8192)
  const { errors } = answer.json<{ errors: { detail: { findings: { rule: string }[] } }[] }>()
  return { message, rules: errors[0]!.detail.findings.map(({ rule }) => rule) }
}

describe('the gate on pushes of each convention, made like its client makes them', () => {
  const WARNED = ['asm-single-layer', 'module-layers', 'bare-wasm', 'untyped']
  for (const [name, plan] of Object.entries(PUSHES)) {
    const isWarned = WARNED.includes(name.split(':')[0]!)
    // An annotated image is opened before the push is answered, so this one needs a plugin in it.
    const layers = plan.layers.map((layer) =>
      name === 'compat:annotated'
        ? { ...layer, archive: [{ name: 'plugin.wasm', data: filter }] }
        : layer,
    )
    it(`admits ${name} ${isWarned ? 'with one warning' : 'without a warning'}`, async () => {
      const answer = expect(await push('conventions', 'v1.0.0', { ...plan, layers }), 201)
      const warnings = warningsIn(answer)
      assert.equal(warnings.length, isWarned ? 1 : 0, warnings.join('\n'))
    })
  }

  it('writes a warning in printable ASCII of at most 4096 bytes, with a command to push instead', async () => {
    const title = `${'\u00fc"\\'.repeat(200)}.wasm`
    const layers = [{ ...single.layers[0]!, title }]
    const [warning = ''] = warningsIn(await push('conventions', 'v0.1', { ...single, layers }))
    assert.match(warning, /^299 - "[ -~]+"$/)
    assert.ok(warning.length <= 4096)
    assert.match(
      warning,
      /Istio .* number of layers must be 2 but got 1\. Instead: oras push 127\.0\.0\.1:\d+\/conventions:v0\.1 --config/,
    )
  })
})

describe('the gate on layers labelled Wasm that are not', () => {
  const INVALID: Readonly<Record<string, readonly [file: Uint8Array, rule: string]>> = {
    'that is gzip data': [gzipSync(filter), 'layer-is-not-wasm'],
    'that is an HTML page': [bytes('<!DOCTYPE html>'), 'layer-is-not-wasm'],
    'that is empty': [bytes(), 'layer-is-not-wasm'],
    'of an unknown version': [filter.with(4, 9), 'unknown-version'],
    'that is cut short': [filter.subarray(0, -1), 'cut-short'],
    'with bytes after its end': [bytes(filter, 0), 'trailing-bytes'],
  }
  const planOf = (file: Uint8Array): Plan => ({
    config: CONFIG,
    layers: [{ type: CONFIG }, { type: MODULE, bytes: file }],
  })

  for (const [kind, [file, rule]] of Object.entries(INVALID))
    it(`refuses a Wasm layer ${kind} under a tag and by digest`, async () => {
      const answer = await push('invalid', 'v1', planOf(file))
      assert.equal(refusal(answer).rules[0], rule)
      const config = descriptor('{}', CONFIG)
      const manifest = image({ config, layers: [descriptor(file, MODULE)] })
      const headers = { 'Content-Type': IMAGE }
      const path = `/v2/invalid/manifests/${digest(manifest)}`
      assert.equal(refusal(await server.put(path, { body: manifest, headers })).rules[0], rule)
      expectError(await server.get('/v2/invalid/manifests/v1'), 404, 'MANIFEST_UNKNOWN')
    })

  it('refuses an invalid layer in a referrer under a signature tag, and among many layers', async () => {
    const [file] = INVALID['that is an HTML page']!
    refusal(await push('invalid', SIGNATURE, { ...planOf(file), subject: true }))
    const many = Array.from({ length: 40 }, () => ({ type: MODULE, bytes: filter }))
    refusal(await push('invalid', 'v1', { layers: [...many, { type: MODULE, bytes: file }] }))
  })

  it('admits an invalid layer without a warning under a policy with mode off', async () => {
    const answer = expect(
      await push('off/invalid', 'v1', planOf(INVALID['that is an HTML page']![0])),
      201,
    )
    assert.deepEqual(warningsIn(answer), [])
  })

  it('refuses an invalid layer that was mounted from a repository with mode off', async () => {
    const cut = filter.subarray(0, -1)
    await pushBlob(server, 'off/source', cut)
    await pushBlob(server, 'mounted', '{}')
    const mount = `/v2/mounted/blobs/uploads/?mount=${digest(cut)}&from=off/source`
    expect(await server.post(mount), 201)
    const manifest = image({ config: descriptor('{}', CONFIG), layers: [descriptor(cut, MODULE)] })
    const headers = { 'Content-Type': IMAGE }
    const answer = await server.put('/v2/mounted/manifests/v1', { body: manifest, headers })
    assert.deepEqual(refusal(answer).rules, ['cut-short'])
  })
})

describe('the gate under a policy', () => {
  it('warns only about the consumers that the policy names', async () => {
    assert.equal(warningsIn(await push('elsewhere', 'v1', single)).length, 1)
    assert.deepEqual(warningsIn(expect(await push('asm/filter', 'v1', single), 201)), [])
    assert.deepEqual(warningsIn(expect(await push('off/filter', 'v1', single), 201)), [])
  })

  it('refuses a tag in the words of the named consumer that refuses the artifact', async () => {
    const { message, rules } = refusal(await push('mesh/filter', 'v1', single))
    assert.deepEqual(rules, ['pull-layer-count'])
    assert.match(
      message,
      /^the policy of this repository refuses the tag: Istio 1\.31 and Envoy Gateway/,
    )
    expectError(await server.get('/v2/mesh/filter/manifests/v1'), 404, 'MANIFEST_UNKNOWN')
    expect(await push('mesh/filter', 'v2', two), 201)
    const unable = { ...two, layers: [two.layers[0]!, { type: MODULE, bytes: command }] }
    assert.deepEqual(refusal(await push('mesh/filter', 'v3', unable)).rules, ['run-abi'])
  })

  it('applies to every tag of a push, and not to digests', async () => {
    const config = descriptor('{}', CONFIG)
    const manifest = image({ config, layers: [descriptor(filter, MODULE)] })
    for (const blob of ['{}', filter]) await pushBlob(server, 'mesh/tags', blob)
    const headers = { 'Content-Type': IMAGE }
    const path = `/v2/mesh/tags/manifests/${digest(manifest)}`
    expect(await server.put(path, { body: manifest, headers }), 201)
    refusal(await server.put(`${path}?tag=${SIGNATURE}&tag=v1`, { body: manifest, headers }))
    refusal(await server.put('/v2/mesh/tags/manifests/v1', { body: manifest, headers }))
    expect(
      await server.put(`/v2/mesh/tags/manifests/${SIGNATURE}`, { body: manifest, headers }),
      201,
    )
  })

  it('refuses ordinary images, and Wasm in layers without a Wasm media type, in mode enforce', async () => {
    assert.deepEqual(
      refusal(await push('mesh/image', 'v1', PUSHES['none']!)).rules.at(-1),
      'not-wasm',
    )
    assert.equal(
      refusal(await push('mesh/untyped', 'v1', PUSHES['untyped']!)).rules.at(-1),
      'untyped',
    )
    assert.equal(refusal(await push('asm-only/image', 'v1', PUSHES['none']!)).rules[0], 'not-wasm')
    expect(await push('mesh/image', 'v2', PUSHES['compat']!), 201)
  })

  it('opens the archive of an image before it answers in mode enforce', async () => {
    const base = { type: 'application/vnd.oci.image.layer.v1.tar+gzip' }
    const layers = [base, ...PUSHES['compat']!.layers]
    expect(await push('mesh/image', 'v3', { ...PUSHES['compat']!, layers }), 201)
  })

  it('admits charts and signatures without a warning', async () => {
    for (const [push_, tag] of [
      ['none:helm', '1.0.0'],
      ['none:cosign', `${SIGNATURE}.sig`],
      ['none:cosign-referrer', SIGNATURE],
    ] as const)
      assert.deepEqual(warningsIn(expect(await push('mesh/others', tag, PUSHES[push_]!), 201)), [])
  })

  it('warns if the verdict of a named consumer is unknown', async () => {
    const [warning] = warningsIn(
      expect(await push('asm-only/filter', 'v1', PUSHES['compat']!), 201),
    )
    assert.match(warning ?? '', /^299 - "it is not known whether .*ASM.* can load this/)
  })

  it('checks the manifest of an index that the consumer selects', async () => {
    const [bad, good] = [single, two].map(({ layers, config = '' }) =>
      image({
        config: descriptor('{}', config),
        layers: layers.map(({ type, bytes: file }, at) =>
          descriptor(file ?? `document ${at}`, type),
        ),
      }),
    ) as [string, string]
    for (const [tag, plan] of [
      ['one', single],
      ['two', two],
    ] as const)
      await push('off/source', tag, plan)
    for (const blob of ['{}', filter, 'document 0']) await pushBlob(server, 'mesh/index', blob)
    for (const child of [bad, good]) await putManifest(server, 'mesh/index', digest(child), child)
    const linux = { os: 'linux', architecture: 'amd64' }
    const wasi = { os: 'wasip1', architecture: 'wasm' }
    const under = (tag: string, body: string) =>
      server.put(`/v2/mesh/index/manifests/${tag}`, { body, headers: { 'Content-Type': INDEX } })
    const both = (first: object, second: object) =>
      index([
        { ...descriptor(bad, IMAGE), platform: first },
        { ...descriptor(good, IMAGE), platform: second },
      ])
    assert.deepEqual(refusal(await under('v1', both(linux, wasi))).rules, ['pull-layer-count'])
    assert.deepEqual(warningsIn(expect(await under('v1', both(wasi, linux)), 201)), [])
    assert.deepEqual(refusal(await under('v2', both(wasi, wasi))).rules[0], 'pull-no-child')
  })

  it('warns about an index for the consumers that its manifests are made for', async () => {
    const manifest = image({
      config: descriptor('{}', CONFIG),
      layers: [descriptor(filter, MODULE)],
    })
    for (const blob of ['{}', filter]) await pushBlob(server, 'index', blob)
    await putManifest(server, 'index', digest(manifest), manifest)
    for (const [architecture, words] of [
      ['amd64', /Istio .* number of layers must be 2 but got 1/],
      ['arm64', /Istio .* no child with platform linux\/amd64 in index/],
    ] as const) {
      const platform = { os: 'linux', architecture }
      const all = index([{ ...descriptor(manifest, IMAGE), platform }])
      const [warning] = warningsIn(await putManifest(server, 'index', architecture, all, INDEX))
      assert.match(warning ?? '', words)
    }
  })

  it('reports the outcome for a tag that exists already', async () => {
    const report = (await server.get(`/v2/mesh/tags/_wasmoor/wasm/${SIGNATURE}`)).json<{
      policy: object
    }>()
    const consumers = ['istio', 'envoy-gateway']
    assert.deepEqual(report.policy, { mode: 'enforce', consumers, outcome: 'exempt' })
  })
})
