import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { isolatedEnvironment } from '../isolated-environment.ts'
import { freePort } from '../free-port.ts'
import { Service } from '../service.ts'

/** The responses of a workload: directly, and through the sidecar that runs the filter. */
export interface Answers {
  readonly direct: Response
  readonly filtered: Response
}

/** Makes a configuration of Envoy, in front of a workload; both ports are on 127.0.0.1. */
export type Configure = (port: number, workloadPort: number) => object

/** Starts a workload and Envoy in front of it, and sends the same request to both. */
export async function askThroughEnvoy(
  envoy: string,
  configure: Configure,
  results: string,
): Promise<Answers> {
  const [port, workloadPort] = [await freePort(), await freePort()]
  const workload = createServer((_, response) => response.end('details\n'))
  await once(workload.listen(workloadPort, '127.0.0.1'), 'listening')
  try {
    const config = join(results, 'envoy.json')
    await writeFile(config, JSON.stringify(configure(port, workloadPort), undefined, 2))
    const url = (at: number) => `http://127.0.0.1:${at}/details/123`
    const sidecar = await Service.start({
      name: 'Envoy',
      program: envoy,
      // A hot restart would share memory with other Envoys on this machine.
      args: ['-c', config, '--disable-hot-restart', '--concurrency', '1', '--log-level', 'warning'],
      url: url(port),
      log: join(results, 'envoy.log'),
      directory: results,
      environment: isolatedEnvironment(results),
    })
    try {
      return { direct: await fetch(url(workloadPort)), filtered: await fetch(url(port)) }
    } finally {
      await sidecar.stop()
    }
  } finally {
    workload.closeAllConnections()
    workload.close()
  }
}

/** A static configuration with the filter in front of the router, like in a mesh. */
export function envoyConfig(port: number, workloadPort: number, filename: string): object {
  const wasm = typed('http.wasm.v3.Wasm', {
    config: {
      name: 'details-v1-wasmfiltersample.default',
      root_id: 'my_root_id',
      configuration: {
        '@type': 'type.googleapis.com/google.protobuf.StringValue',
        value: '{"name":"hello","value":"hello details"}',
      },
      vm_config: { runtime: 'envoy.wasm.runtime.v8', code: { local: { filename } } },
    },
  })
  const route = { match: { prefix: '/' }, route: { cluster: 'workload' } }
  const manager = typed('network.http_connection_manager.v3.HttpConnectionManager', {
    stat_prefix: 'inbound',
    route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes: [route] }] },
    http_filters: [
      { name: 'envoy.filters.http.wasm', typed_config: wasm },
      { name: 'envoy.filters.http.router', typed_config: typed('http.router.v3.Router', {}) },
    ],
  })
  const filter = { name: 'envoy.filters.network.http_connection_manager', typed_config: manager }
  const endpoint = { endpoint: { address: address(workloadPort) } }
  return {
    static_resources: {
      listeners: [{ address: address(port), filter_chains: [{ filters: [filter] }] }],
      clusters: [
        {
          name: 'workload',
          type: 'STATIC',
          load_assignment: { cluster_name: 'workload', endpoints: [{ lb_endpoints: [endpoint] }] },
        },
      ],
    },
  }
}

function typed(type: string, fields: object): object {
  return { '@type': `type.googleapis.com/envoy.extensions.filters.${type}`, ...fields }
}

function address(port: number): object {
  return { socket_address: { address: '127.0.0.1', port_value: port } }
}
