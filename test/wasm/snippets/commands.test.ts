import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { snippetKind, SNIPPETS, writeSnippet } from '../../../src/wasm/snippets/snippets.ts'
import { digestOf, indexSubject } from '../build/artifact.ts'
import { PUSHES } from '../build/conventions.ts'
import { deployed, DIGEST, documentIn } from './deployed.ts'

const linesOf = (text: string) => text.split('\n').filter((line) => line && !line.startsWith('#'))
const plain = { secure: false, host: '127.0.0.1:5000' }

describe('command lines', () => {
  it('command lines wkg: a pull, and a get of what has the name of a package', () => {
    const calculator = { repository: 'example/calculator', tag: '0.1.0' }
    assert.deepEqual(linesOf(writeSnippet('wkg', deployed('wkg', calculator))), [
      'wkg oci pull -o filter.wasm registry.test/example/calculator:0.1.0',
      'wkg get --registry registry.test -o ./filter.wasm example:calculator@0.1.0',
    ])
    const text = writeSnippet('wkg', deployed('wkg', { ...calculator, ...plain }))
    assert.match(text, /^wkg oci pull --insecure 127.0.0.1:5000 -o filter.wasm 127.0.0.1:5000\//m)
    assert.match(text, /config.toml needs: \[registry."127.0.0.1:5000".oci\] protocol = "http"/)
    for (const other of [{ tag: 'v0.1' }, { repository: 'a/b/c' }, { repository: 'a' }])
      assert.equal(
        linesOf(writeSnippet('wkg', deployed('wkg', { ...calculator, ...other }))).length,
        1,
      )
  })

  it('command lines wkg: below the prefix that it was told', () => {
    const at = (repository: string) =>
      writeSnippet('wkg', deployed('wkg', { repository, tag: '0.1.0', namespacePrefix: 'wit/all' }))
    assert.match(at('wit/all/example/calculator'), / example:calculator@0\.1\.0$/m)
    assert.doesNotMatch(at('example/calculator'), /wkg get/)
    assert.doesNotMatch(at('wit/all/calculator'), /wkg get/)
  })

  it('command lines oras: files with names are pulled, others fetched', () => {
    const named = linesOf(writeSnippet('oras', deployed('asm-single-layer')))
    assert.deepEqual(named, [`oras pull registry.test/asm/asm-test@${DIGEST}`])
    const unnamed = linesOf(writeSnippet('oras', deployed('solo-io-oci', plain)))
    assert.deepEqual(unnamed, [
      `oras blob fetch --plain-http --output filter.wasm 127.0.0.1:5000/asm/asm-test@${digestOf('1')}`,
    ])
    const image = linesOf(writeSnippet('oras', deployed('compat')))
    assert.deepEqual(image, [
      `oras blob fetch --output - registry.test/asm/asm-test@${digestOf('0')} | tar -xzO plugin.wasm > plugin.wasm`,
    ])
    const index = { ...deployed('compat'), ...indexSubject(['linux/amd64']) }
    assert.deepEqual(linesOf(writeSnippet('oras', index)), [
      `oras pull --platform linux/amd64 registry.test/asm/asm-test@${DIGEST}`,
    ])
    assert.doesNotMatch(
      writeSnippet('oras', deployed('compat', { secure: false, host: 'localhost:5000' })),
      /plain-http/,
    )
  })

  it('command lines what holds no Wasm has none', () => {
    assert.throws(() => writeSnippet('oras', deployed('none:helm')), /has no Wasm file/)
    assert.throws(() => writeSnippet('envoy', deployed('none:helm')), /has no Wasm file/)
  })

  it('command lines a Secret to be filled in', () => {
    const text = writeSnippet('kubernetes-secret', deployed('none:helm', plain))
    const secret = documentIn(text) as { metadata: object; stringData: Record<string, string> }
    assert.deepEqual(secret.metadata, { name: 'asmwasm-cache', namespace: 'istio-system' })
    assert.deepEqual(JSON.parse(secret.stringData['.dockerconfigjson']!), {
      auths: { '127.0.0.1:5000': { username: 'USERNAME', password: 'PASSWORD' } },
    })
    assert.match(text, /wasmoor secret --host 127.0.0.1:5000 --username USERNAME \| kubectl apply/)
  })

  it('command lines an unknown consumer: all that are known are named', () => {
    assert.throws(() => snippetKind('nginx'), new RegExp(SNIPPETS.join(', ')))
    assert.throws(() => snippetKind(undefined), /for must be one of/)
  })
})

describe('a configuration of Envoy', () => {
  const registryOf = (text: string) => {
    const { clusters } = (parse(text) as { static_resources: { clusters: Cluster[] } })
      .static_resources
    return clusters.find(({ name }) => name === 'registry')
  }

  it('a configuration of Envoy fetches the file by its own digest', () => {
    const layer = digestOf('0')
    const text = writeSnippet('envoy', deployed('asm-single-layer', plain))
    assert.deepEqual(codeIn(documentIn(text)), {
      remote: {
        http_uri: {
          uri: `http://127.0.0.1:5000/v2/asm/asm-test/blobs/${layer}`,
          cluster: 'registry',
          timeout: '30s',
        },
        sha256: layer.slice('sha256:'.length),
      },
    })
    assert.deepEqual(registryOf(text)!.load_assignment.endpoints[0]!.lb_endpoints[0]!.endpoint, {
      address: { socket_address: { address: '127.0.0.1', port_value: 5000 } },
    })
    assert.equal(registryOf(text)!.transport_socket, undefined)
    const secure = registryOf(writeSnippet('envoy', deployed('asm-single-layer')))
    assert.equal(secure!.transport_socket!.typed_config.sni, 'registry.test')
  })

  it('a configuration of Envoy of a file in an archive: says how it gets to the disk', () => {
    const text = writeSnippet('envoy', deployed(PUSHES['compat']!))
    assert.deepEqual(codeIn(documentIn(text)), { local: { filename: '/etc/envoy/plugin.wasm' } })
    assert.match(text, /\| tar -xzO plugin.wasm > \/etc\/envoy\/plugin.wasm/)
    assert.equal(registryOf(text), undefined)
  })
})

interface Cluster {
  name: string
  load_assignment: { endpoints: { lb_endpoints: { endpoint: object }[] }[] }
  transport_socket?: { typed_config: { sni: string } }
}

interface EnvoyConfiguration {
  static_resources: {
    listeners: {
      filter_chains: {
        filters: {
          typed_config: {
            http_filters: { typed_config: { config: { vm_config: { code: object } } } }[]
          }
        }[]
      }[]
    }[]
  }
}

function codeIn(document: unknown): object {
  const [listener] = (document as EnvoyConfiguration).static_resources.listeners
  const { http_filters: filters } = listener!.filter_chains[0]!.filters[0]!.typed_config
  return filters[0]!.typed_config.config.vm_config.code
}
