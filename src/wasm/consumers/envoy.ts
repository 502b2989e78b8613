import type { Artifact, ContentFacts } from '../model/artifact.ts'
import { isPrivate } from '../../base/host.ts'
import { wasmFileOf } from '../model/wasm-file.ts'
import type { Consumer, Pulled } from './consumer.ts'
import { type Deployment, fileOf, imageOf, rootIdOf, sha256Of } from './shared/deployment.ts'
import { ENVOY_HOST } from './shared/proxy-wasm-abi.ts'
import { runsInProxyWasm } from './shared/proxy-wasm.ts'
import { pushFilter } from './shared/push-commands.ts'
import { shellLine, yamlDocument } from './shared/quoting.ts'
import { selectsLikeGgcr } from './shared/select-child.ts'
import { NO_SUCH_STAGE, NOT_LOOKED_AT, withEvidence, refuses } from './shared/verdict.ts'

/**
 * The proxy itself, with V8. It pulls no artifacts: it is given a file, or the address of a file.
 */
export const ENVOY = {
  id: 'envoy',
  title: 'Envoy',
  position: 50,
  releases: [{ version: '1.40.0' }],
  sources: [
    'https://github.com/proxy-wasm/proxy-wasm-cpp-host (52a0291): src/wasm.cc, src/v8/v8.cc',
  ],
  isMadeFor: () => false,
  select: selectsLikeGgcr('read'),
  pull,
  run: runsInProxyWasm(ENVOY_HOST, 'executed'),
  push: pushFilter,
  acceptsImages: true,
  usesLayouts: false,
  deploy,
} as const satisfies Consumer

function pull(artifact: Artifact, known: ContentFacts): Pulled {
  const file = wasmFileOf(artifact, known)
  if (!file) return { verdict: withEvidence('documented', refuses('no-wasm')) }
  // An archive that was never opened may hold no file at all.
  const unsure = file.inArchive && !file.facts
  return { verdict: withEvidence('documented', unsure ? NOT_LOOKED_AT : NO_SUCH_STAGE), file }
}

const TYPES = 'type.googleapis.com/envoy.extensions'

/**
 * A whole static configuration of Envoy, which downloads the module from the registry as a file, or
 * reads it from its disk where the module is in an archive.
 */
function deploy(deployment: Deployment): string {
  const selected = deployment.selected()
  const file = fileOf(selected)
  const rootId = rootIdOf(selected)
  const remote = file.inArchive ? undefined : remoteCode(deployment, file.digest)
  const wasm = {
    '@type': `${TYPES}.filters.http.wasm.v3.Wasm`,
    config: {
      ...(rootId !== undefined && { root_id: rootId }),
      configuration: { '@type': 'type.googleapis.com/google.protobuf.StringValue', value: '{}' },
      vm_config: {
        runtime: 'envoy.wasm.runtime.v8',
        code: remote ? { remote } : { local: { filename: LOCAL } },
      },
    },
  }
  return yamlDocument(
    [
      ...deployment.objections,
      ...(remote ? FETCHED : unpacking(deployment, file.digest)),
      'It listens on port 10000 and passes requests on to 127.0.0.1:8080: put your own there.',
    ],
    {
      static_resources: {
        listeners: [listener(wasm)],
        clusters: [
          cluster('service', '127.0.0.1', 8080),
          ...(remote ? [registryCluster(deployment)] : []),
        ],
      },
    },
  )
}

const LOCAL = '/etc/envoy/plugin.wasm'
const FETCHED = [
  'Envoy sends no credentials: where anonymous pulls are not allowed, put the file on its disk and use code: {local: {filename: ...}}.',
  'sha256 is the hash of the .wasm file, not of the manifest.',
]

function unpacking(deployment: Deployment, layer: string): string[] {
  const plain = deployment.secure ? [] : ['--plain-http']
  const reference = `${imageOf(deployment)}@${layer}`
  const fetch = shellLine('oras', 'blob', 'fetch', ...plain, '--output', '-', reference).trimEnd()
  return [
    'Envoy does not unpack images. Put the file on its disk:',
    `  ${fetch} | tar -xzO plugin.wasm > ${LOCAL}`,
  ]
}

function remoteCode({ host, secure, repository }: Deployment, layer: string): object {
  const uri = `${secure ? 'https' : 'http'}://${host}/v2/${repository}/blobs/${layer}`
  return {
    http_uri: { uri, cluster: 'registry', timeout: '30s' },
    sha256: sha256Of(layer),
  }
}

function listener(wasm: object): object {
  const route = { match: { prefix: '/' }, route: { cluster: 'service' } }
  const manager = {
    '@type': `${TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'inbound',
    route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes: [route] }] },
    http_filters: [
      { name: 'envoy.filters.http.wasm', typed_config: wasm },
      {
        name: 'envoy.filters.http.router',
        typed_config: { '@type': `${TYPES}.filters.http.router.v3.Router` },
      },
    ],
  }
  const filter = { name: 'envoy.filters.network.http_connection_manager', typed_config: manager }
  return { address: address('127.0.0.1', 10_000), filter_chains: [{ filters: [filter] }] }
}

function registryCluster({ host, secure }: Deployment): object {
  const { hostname, port } = new URL(`${secure ? 'https' : 'http'}://${host}`)
  const name = hostname.replaceAll(/^\[|\]$/g, '')
  const plain = cluster('registry', name, Number(port || (secure ? 443 : 80)))
  if (!secure) return plain
  const tls = {
    '@type': `${TYPES}.transport_sockets.tls.v3.UpstreamTlsContext`,
    ...(isPrivate(host) ? {} : { sni: name }),
    common_tls_context: {
      validation_context: { trusted_ca: { filename: '/etc/ssl/certs/ca-certificates.crt' } },
    },
  }
  return {
    ...plain,
    transport_socket: { name: 'envoy.transport_sockets.tls', typed_config: tls },
  }
}

function cluster(name: string, host: string, port: number): object {
  const endpoint = { endpoint: { address: address(host, port) } }
  return {
    name,
    type: 'STRICT_DNS',
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [endpoint] }] },
  }
}

function address(host: string, port: number): object {
  return { socket_address: { address: host, port_value: port } }
}
