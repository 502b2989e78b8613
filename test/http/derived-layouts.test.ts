import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { expect, expectError } from '../support/expected-answers.ts'
import { descriptor, digest, image, IMAGE } from '../support/manifest-texts.ts'
import { pushBlob, putManifest } from '../support/pushes.ts'
import type { Answer } from '../support/requests.ts'
import { startTestServer } from '../support/server.ts'
import { command, filter, server as component } from '../wasm/build/conventions.ts'

const policies = [
  { repositories: ['asm/**'], mode: 'warn', consumers: ['asm'], derive: ['envoy'] },
  { repositories: ['two/**'], mode: 'enforce', consumers: ['asm', 'istio'], derive: ['envoy'] },
  { repositories: ['told/**'], mode: 'warn', derive: ['envoy'] },
  { repositories: ['both/**'], mode: 'warn', derive: ['envoy', 'compat'] },
  { repositories: ['mesh/**'], mode: 'enforce', consumers: ['istio'], derive: ['envoy'] },
  { repositories: ['strict/**'], mode: 'enforce', consumers: ['istio'] },
]
const immutable = [{ repositories: ['**'], tags: ['fixed*'] }]
const server = await startTestServer({
  'wasm.policies': JSON.stringify(policies),
  'tags.immutable': JSON.stringify(immutable),
})
after(() => server.stop())

const MODULE = 'application/vnd.module.wasm.content.layer.v1+wasm'
const CONFIG = 'application/vnd.module.wasm.config.v1+json'
const SIGNATURE = `sha256-${'a'.repeat(64)}.sig`
const REPOSITORIES = ['asm/f', 'two/f', 'told/f', 'both/f', 'mesh/f', 'strict/f']
for (const repository of REPOSITORIES) {
  for (const blob of ['{}', filter, command, component]) await pushBlob(server, repository, blob)
}

function single(module: Uint8Array = filter, fields = {}): string {
  const layers = [descriptor(module, MODULE)]
  return image({ config: descriptor('{}', CONFIG), layers, ...fields })
}

const two = image({
  config: descriptor('{}', CONFIG),
  layers: [descriptor('{}', CONFIG), descriptor(filter, MODULE)],
})

function put(repository: string, reference: string, manifest = single()): Promise<Answer> {
  const headers = { 'Content-Type': IMAGE }
  return server.put(`/v2/${repository}/manifests/${reference}`, { body: manifest, headers })
}

async function at(repository: string, tag: string): Promise<string | undefined> {
  const answer = await server.get(`/v2/${repository}/manifests/${tag}`)
  return answer.status === 200 ? answer.text : undefined
}

function subjectOf(manifest: string | undefined): string | undefined {
  return (JSON.parse(manifest ?? '{}') as { subject?: { digest: string } }).subject?.digest
}

async function tags(repository: string): Promise<string[]> {
  const answer = expect(await server.get(`/v2/${repository}/tags/list`), 200)
  return answer.json<{ tags: string[] }>().tags
}

const warningOf = ({ headers }: Answer) => headers.warning ?? ''

describe('a policy that derives', () => {
  it('a policy that derives stores the layout with the push, and names its tag', async () => {
    const answer = expect(await put('told/f', 'v1'), 201)
    assert.equal(subjectOf(await at('told/f', 'v1-envoy')), digest(single()))
    const place = `127.0.0.1:${server.port}/told/f`
    assert.match(
      warningOf(answer),
      new RegExp(
        `^299 - "Istio .*Higress will not pull this as it is\\. Instead: pull ${place}:v1-envoy, `,
      ),
    )
    assert.equal(await at('told/f', 'v1'), single())
  })

  it('a policy that derives gives every tag its layout, and every layout its tag', async () => {
    expect(await put('both/f', 'v1?tag=latest'), 201)
    const expected = ['latest', 'latest-compat', 'latest-envoy', 'v1', 'v1-compat', 'v1-envoy']
    assert.deepEqual(await tags('both/f'), expected)
    assert.equal(await at('both/f', 'v1-compat'), await at('both/f', 'latest-compat'))
  })

  it('a policy that derives gives none to tags of signatures', async () => {
    expect(await put('told/f', `signed?tag=${SIGNATURE}`), 201)
    const found = (await tags('told/f')).filter((tag) => /signed|sha256/.test(tag))
    assert.deepEqual(found, [SIGNATURE, 'signed', 'signed-envoy'])
  })

  it('a policy that derives moves the layout with the tag', async () => {
    const next = single(filter, { annotations: { next: 'one' } })
    expect(await put('told/f', 'moving'), 201)
    expect(await put('told/f', 'moving', next), 201)
    assert.equal(subjectOf(await at('told/f', 'moving-envoy')), digest(next))
  })

  it('a policy that derives derives nothing of what needs no help, or cannot be helped', async () => {
    const before = await tags('told/f')
    for (const [tag, manifest] of [
      ['two', two],
      ['command', single(command)],
      ['component', single(component)],
      ['signature', single(filter, { subject: descriptor(single(), IMAGE) })],
      [`sha256-${'d'.repeat(64)}.sig`, single()],
    ] as const) {
      expect(await put('told/f', tag, manifest), 201)
      before.push(tag)
    }
    expect(await put('told/f', digest(single())), 201)
    assert.deepEqual(await tags('told/f'), before.toSorted())
  })

  it('a policy that derives derives without a warning for consumers that it does not name', async () => {
    const answer = expect(await put('asm/f', 'v1'), 201)
    assert.equal(warningOf(answer), '')
    assert.equal(subjectOf(await at('asm/f', 'v1-envoy')), digest(single()))
    expect(await put('asm/f', 'two', two), 201)
    expect(await put('asm/f', 'command', single(command)), 201)
    assert.deepEqual(await tags('asm/f'), ['command', 'two', 'v1', 'v1-envoy'])
  })

  it('a policy that derives derives nothing of layouts', async () => {
    const made = await at('told/f', 'v1-envoy')
    const answer = expect(await put('told/f', 'copied', made), 201)
    assert.equal(warningOf(answer), '')
    assert.equal(await at('told/f', 'copied-envoy'), undefined)
  })

  it('a policy that derives leaves a tag alone that holds something else, and says so', async () => {
    await putManifest(server, 'told/f', 'mine-envoy', two)
    const answer = expect(await put('told/f', 'mine'), 201)
    assert.equal(await at('told/f', 'mine-envoy'), two)
    assert.match(warningOf(answer), /layers must be 2 but got 1.*no layout was derived for the tag/)
  })

  it('a policy that derives leaves immutable tags where they are', async () => {
    expect(await put('told/f', 'fixed'), 201)
    const made = await at('told/f', 'fixed-envoy')
    assert.equal(subjectOf(made), digest(single()))
    expect(await put('told/f', 'fixed'), 201)
    const other = single(filter, { annotations: { other: 'one' } })
    expectError(await put('told/f', 'fixed', other), 403, 'DENIED')
    assert.equal(await at('told/f', 'fixed-envoy'), made)
  })
})

describe('a policy that enforces and derives', () => {
  it('a policy that enforces and derives accepts an artifact with a remedy, and names its tag', async () => {
    const answer = expect(await put('mesh/f', 'v1'), 201)
    assert.match(warningOf(answer), /^299 - "Istio [^,]* will not pull this as it is.*:v1-envoy/)
    assert.equal(subjectOf(await at('mesh/f', 'v1-envoy')), digest(single()))
    const report = expect(await server.get('/v2/mesh/f/_wasmoor/wasm/v1'), 200)
    const { policy } = report.json<{ policy: object }>()
    const rule = { mode: 'enforce', consumers: ['istio'], derive: ['envoy'] }
    assert.deepEqual(policy, { ...rule, outcome: 'warns' })
  })

  it('a policy that enforces and derives checks the layout for the consumers that refuse the original', async () => {
    const answer = expect(await put('two/f', 'v1'), 201)
    assert.match(warningOf(answer), /^299 - "Istio [^,]* will not pull this as it is/)
    assert.equal(subjectOf(await at('two/f', 'v1-envoy')), digest(single()))
  })

  it('a policy that enforces and derives refuses what no layout helps', async () => {
    for (const module of [command, component]) {
      expectError(await put('mesh/f', 'bad', single(module)), 400, 'MANIFEST_INVALID')
    }
    assert.equal(await at('mesh/f', 'bad'), undefined)
  })

  it('a policy that enforces and derives refuses what it has no tag for', async () => {
    await putManifest(server, 'mesh/f', 'mine-envoy', two)
    const message = expectError(await put('mesh/f', 'mine'), 400, 'MANIFEST_INVALID')
    assert.match(message, /number of layers must be 2 but got 1/)
    assert.equal(await at('mesh/f', 'mine'), undefined)
  })
})

describe('a repository without a policy', () => {
  it('a repository without a policy says how the layout is made that is taken', async () => {
    for (const blob of ['{}', filter, command]) await pushBlob(server, 'free/f', blob)
    const warning = warningOf(expect(await put('free/f', 'v1'), 201))
    const [path] = /(?<=, or POST )[^"]+/.exec(warning)!
    expect(await server.post(path), 201)
    assert.equal(subjectOf(await at('free/f', 'v1-envoy')), digest(single()))
    const other = warningOf(expect(await put('free/f', 'v2', single(command)), 201))
    assert.match(other, /^299/)
    assert.doesNotMatch(other, /layout=/)
  })
})

describe('a policy that enforces alone', () => {
  it('a policy that enforces alone refuses, and says how a layout is made, which is then taken', async () => {
    const message = expectError(await put('strict/f', 'v1'), 400, 'MANIFEST_INVALID')
    const said = /push it without a tag, then derive the layout: POST (\S+)<digest>(\S+)/.exec(
      message,
    )
    assert.deepEqual(said?.slice(1), ['/v2/strict/f/_wasmoor/wasm/', '?layout=envoy&tag=v1'])
    expect(await put('strict/f', digest(single())), 201)
    expect(await server.post(`${said?.[1]}${digest(single())}${said?.[2]}`), 201)
    assert.equal(subjectOf(await at('strict/f', 'v1')), digest(single()))
  })

  it('a policy that enforces alone mentions no layout where none would help', async () => {
    const message = expectError(
      await put('strict/f', 'v2', single(command)),
      400,
      'MANIFEST_INVALID',
    )
    assert.doesNotMatch(message, /layout=/)
  })
})
