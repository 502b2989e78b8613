import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { writeSnippet } from '../../../src/wasm/snippets/snippets.ts'
import { digestOf, indexSubject, subject } from '../build/artifact.ts'
import { PUSHES } from '../build/conventions.ts'
import { commentsIn, deployed, DIGEST, documentIn, HEX } from './deployed.ts'

const rootIds = { type: 'envoy_proxy', config: { rootIds: ['my_root', 'other'] } }

describe('texts for meshes', () => {
  it('texts for meshes Istio: a WasmPlugin with the digest of the manifest', () => {
    const text = writeSnippet('istio', deployed('solo-io-oci'))
    assert.deepEqual(documentIn(text), {
      apiVersion: 'extensions.istio.io/v1alpha1',
      kind: 'WasmPlugin',
      metadata: { name: 'asm-test', namespace: 'istio-system' },
      spec: {
        selector: { matchLabels: { app: 'WORKLOAD' } },
        url: `oci://registry.test/asm/asm-test@${DIGEST}`,
        sha256: HEX,
        imagePullPolicy: 'IfNotPresent',
        imagePullSecret: 'asmwasm-cache',
        pluginConfig: {},
      },
    })
    assert.doesNotMatch(text, /will not pull|http/)
  })

  it('texts for meshes Istio: the child of an index that it goes on with', () => {
    const index = indexSubject(['linux/arm64', 'linux/amd64'])
    const child = digestOf('1')
    const children = new Map([[child, subject(PUSHES['compat']!)]])
    const text = writeSnippet('istio', { ...deployed('compat'), ...index, children })
    const { spec } = documentIn(text) as { spec: { url: string; sha256: string } }
    assert.equal(spec.url, `oci://registry.test/asm/asm-test@${child}`)
    assert.equal(`sha256:${spec.sha256}`, child)
  })

  it('texts for meshes no child for it: says so', () => {
    const index = indexSubject(['wasi/wasm'])
    assert.throws(
      () => writeSnippet('istio', { ...deployed('compat'), ...index }),
      /Istio would find none of its manifests here/,
    )
  })

  it('texts for meshes names the root id of the config', () => {
    const plan = { ...PUSHES['solo-io-oci']!, body: rootIds }
    assert.match(writeSnippet('istio', deployed(plan)), /pluginName: "my_root"/)
    assert.match(writeSnippet('envoy-gateway', deployed(plan)), /rootID: "my_root"/)
    assert.match(writeSnippet('asm', deployed(plan)), /rootID: "my_root"/)
    assert.match(writeSnippet('envoy', deployed(plan)), /root_id: "my_root"/)
    const flat = { ...plan, body: { root_ids: ['flat'] } }
    assert.match(writeSnippet('istio', deployed(flat)), /pluginName: "flat"/)
  })

  it('texts for meshes says first what the consumer will say, and what to do', () => {
    for (const kind of ['istio', 'envoy-gateway', 'higress'] as const) {
      const [first, second] = commentsIn(writeSnippet(kind, deployed('asm-single-layer')))
      assert.match(first!, /number of layers must be 2 but got 1/)
      assert.match(second!, /^# Instead: oras push registry.test\/asm\/asm-test:v0.1 --config /)
    }
    assert.doesNotMatch(writeSnippet('asm', deployed('asm-single-layer')), /Instead/)
  })

  it('texts for meshes over plain http: who can and who cannot', () => {
    const at = (host: string) => deployed('solo-io-oci', { secure: false, host })
    assert.match(writeSnippet('istio', at('registry.test:5000')), /http when the answer shows/)
    const refused = /Envoy Gateway does not pull from registry.test:5000 over plain http/
    assert.match(writeSnippet('envoy-gateway', at('registry.test:5000')), refused)
    for (const host of [
      'localhost:5000',
      '127.0.0.1:5000',
      '10.1.2.3',
      '172.16.0.9:80',
      '[::1]:5000',
    ])
      assert.doesNotMatch(writeSnippet('envoy-gateway', at(host)), /plain http/, host)
    assert.match(writeSnippet('istio', at('localhost:5000')), /does not authenticate to localhost/)
  })

  it('texts for meshes Envoy Gateway: an EnvoyExtensionPolicy', () => {
    assert.deepEqual(documentIn(writeSnippet('envoy-gateway', deployed('compat'))), {
      apiVersion: 'gateway.envoyproxy.io/v1alpha1',
      kind: 'EnvoyExtensionPolicy',
      metadata: { name: 'asm-test', namespace: 'default' },
      spec: {
        targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'GATEWAY' }],
        wasm: [
          {
            name: 'asm-test',
            code: {
              type: 'Image',
              image: {
                url: `registry.test/asm/asm-test@${DIGEST}`,
                sha256: HEX,
                pullSecretRef: { name: 'asmwasm-cache' },
              },
            },
            config: {},
          },
        ],
      },
    })
  })

  it('texts for meshes ASM: the resource of its guide, by tag', () => {
    const text = writeSnippet('asm', deployed('asm-single-layer'))
    assert.deepEqual(documentIn(text), {
      apiVersion: 'istio.alibabacloud.com/v1beta1',
      kind: 'ASMFilterDeployment',
      metadata: { name: 'asm-test' },
      spec: {
        workload: { kind: 'Deployment', labels: { app: 'WORKLOAD' } },
        filter: {
          patchContext: 'SIDECAR_INBOUND',
          parameters: '{}',
          image: 'registry.test/asm/asm-test:v0.1',
          rootID: 'my_root_id',
          id: 'asm-test.default',
        },
      },
    })
    const annotation =
      'sidecar.istio.io/userVolume: \'[{"name":"wasmfilters-dir","hostPath":{"path":"/var/local/lib/wasm-filters"}}]\''
    assert.ok(text.includes(annotation))
  })

  it('texts for meshes digests that no mesh takes: says so', () => {
    const digest = `sha512:${'a'.repeat(128)}`
    assert.throws(
      () => writeSnippet('istio', deployed('compat', { digest })),
      /needs a sha256 digest/,
    )
  })
})
