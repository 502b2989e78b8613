import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { parse, parseAllDocuments } from 'yaml'
import { loadConfig } from '../src/config/load.ts'

const deploy = join(import.meta.dirname, '../deploy')
const read = (path: string) => readFileSync(join(deploy, path), 'utf8')
const directory = await mkdtemp(join(tmpdir(), 'wasmoor-deploy-'))
after(() => rm(directory, { recursive: true }))

interface Container {
  readonly args: readonly string[]
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[]
  readonly securityContext: object
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[]
}

interface Resource {
  readonly kind: string
  readonly data: Readonly<Record<string, string>>
  readonly spec: {
    readonly replicas: number
    readonly template: {
      readonly spec: {
        readonly enableServiceLinks: boolean
        readonly securityContext: object
        readonly terminationGracePeriodSeconds: number
        readonly containers: readonly [Container]
        readonly volumes: readonly { readonly name: string }[]
      }
    }
    readonly volumeClaimTemplates: readonly { readonly metadata: { readonly name: string } }[]
  }
}

const resources = parseAllDocuments(read('kubernetes/wasmoor.yaml')).map(
  (document) => document.toJS() as Resource,
)
const resource = (kind: string) => resources.find((each) => each.kind === kind)!
const pod = resource('StatefulSet').spec.template.spec
const [container] = pod.containers

async function configured(text: string, environment = {}) {
  const file = join(directory, 'config.yaml')
  await writeFile(file, text)
  return loadConfig({ file, environment })
}

describe('the manifest for Kubernetes', () => {
  it('runs one unprivileged process that can write only to its volume', () => {
    const { spec } = resource('StatefulSet')
    assert.equal(spec.replicas, 1)
    assert.equal(pod.enableServiceLinks, false)
    assert.deepEqual(pod.securityContext, {
      runAsNonRoot: true,
      runAsUser: 65_532,
      runAsGroup: 65_532,
      fsGroup: 65_532,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    })
    assert.deepEqual(container.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
    const volumes = [...pod.volumes, ...spec.volumeClaimTemplates.map(({ metadata }) => metadata)]
    const names = volumes.map(({ name }) => name).toSorted()
    assert.deepEqual(container.volumeMounts.map(({ name }) => name).toSorted(), names)
  })

  it('has a valid configuration that fits its ports, mounts and termination grace', async () => {
    const defaults = join(deploy, 'container/defaults.yaml')
    const text = resource('ConfigMap').data['config.yaml']!
    const config = await configured(text, { WASMOOR_DEFAULTS: defaults })
    const ports = Object.fromEntries(container.ports.map((port) => [port.name, port.containerPort]))
    assert.deepEqual(ports, { http: config.port, metrics: config.metrics.port })
    assert.deepEqual([config.host, config.metrics.host], ['0.0.0.0', '0.0.0.0'])
    const at = Object.fromEntries(container.volumeMounts.map((each) => [each.name, each.mountPath]))
    assert.equal(config.data, at['data'])
    assert.equal(config.auth.htpasswd, `${at['accounts']}/htpasswd`)
    assert.deepEqual(container.args, ['serve', `${at['config']}/config.yaml`])
    assert.ok(pod.terminationGracePeriodSeconds * 1000 > config.shutdown.grace)
  })
})

describe('the image', () => {
  it('has valid default settings, and an empty config.yml to mount over', async () => {
    const config = await configured(read('container/defaults.yaml'))
    assert.deepEqual(
      [config.host, config.port, config.data],
      ['0.0.0.0', 5000, '/var/lib/registry'],
    )
    assert.deepEqual(
      await configured(read('container/config.yml')),
      loadConfig({ environment: {} }),
    )
  })
})

describe('the recipe for kind', () => {
  it('is a script that sh can parse', () => {
    execFileSync('sh', ['-n', join(deploy, 'kind/kind-with-registry.sh')])
  })

  it('uses the same addresses in hosts.toml, ConfigMap and script', () => {
    const { data } = parse(read('kind/local-registry-hosting.yaml')) as Resource
    const hosting = parse(data['localRegistryHosting.v1']!) as Record<string, string>
    assert.equal(hosting['host'], 'localhost:5001')
    assert.equal(hosting['hostFromContainerRuntime'], 'kind-registry:5000')
    assert.match(read('kind/hosts.toml'), /^\[host\."http:\/\/kind-registry:5000"\]$/m)
    const script = read('kind/kind-with-registry.sh')
    for (const used of ['hosts.toml', 'local-registry-hosting.yaml'])
      assert.ok(script.includes(used))
  })
})
