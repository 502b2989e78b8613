import {
  type Deployment,
  imageOf,
  isPrivate,
  kubernetesName,
  objectionsOf,
  referenceOf,
  rootIdOf,
  SECRET,
  selectedBy,
  sha256Of,
} from './deployment.ts'
import { yamlDocument } from './quoting.ts'

const HASH = 'sha256 is that of the manifest, not that of the .wasm file.'
const NEEDS_SECRET =
  'Needed only where not everybody may pull: the Secret of this name, in the same namespace.'

/** Where ASM's controller puts what it pulled, on every node. */
const FILTERS = '/var/local/lib/wasm-filters'

/** Istio: WasmPlugin, istio.io/latest/docs/reference/config/proxy_extensions/wasm-plugin. */
export function istio(deployment: Deployment): string {
  const selected = selectedBy('istio', deployment)
  const rootId = rootIdOf(selected)
  return yamlDocument(
    [
      ...objectionsOf('istio', deployment),
      'The selector has to name your workload: without one every proxy of the mesh loads the filter.',
      NEEDS_SECRET,
      HASH,
      ...(isPrivate(deployment.host)
        ? [
            'Istio does not log in to a registry that it knows as localhost or by a private address: use a DNS name, or let everybody pull.',
          ]
        : []),
      ...(deployment.secure
        ? []
        : ['Plain http: Istio tries https first, and http when the answer shows that it has to.']),
    ],
    {
      apiVersion: 'extensions.istio.io/v1alpha1',
      kind: 'WasmPlugin',
      metadata: { name: kubernetesName(deployment), namespace: SECRET.namespace },
      spec: {
        selector: { matchLabels: { app: 'WORKLOAD' } },
        url: `oci://${imageOf(deployment)}@${selected.digest}`,
        sha256: sha256Of(selected.digest),
        imagePullPolicy: 'IfNotPresent',
        imagePullSecret: SECRET.name,
        ...(rootId !== undefined && { pluginName: rootId }),
        pluginConfig: {},
      },
    },
  )
}

/** Higress: its WasmPlugin, whose configuration applies to every route unless rules say otherwise. */
export function higress(deployment: Deployment): string {
  const selected = selectedBy('higress', deployment)
  return yamlDocument(
    [
      ...objectionsOf('higress', deployment),
      NEEDS_SECRET,
      HASH,
      ...(deployment.secure
        ? []
        : ['Plain http: Higress tries https first, and http when that fails.']),
    ],
    {
      apiVersion: 'extensions.higress.io/v1alpha1',
      kind: 'WasmPlugin',
      metadata: { name: kubernetesName(deployment), namespace: 'higress-system' },
      spec: {
        url: `oci://${imageOf(deployment)}@${selected.digest}`,
        sha256: sha256Of(selected.digest),
        imagePullPolicy: 'IfNotPresent',
        imagePullSecret: SECRET.name,
        defaultConfig: {},
      },
    },
  )
}

/** Envoy Gateway: EnvoyExtensionPolicy, api/v1alpha1/wasm_types.go. */
export function envoyGateway(deployment: Deployment): string {
  const selected = selectedBy('envoy-gateway', deployment)
  const rootId = rootIdOf(selected)
  const { host, secure } = deployment
  return yamlDocument(
    [
      ...objectionsOf('envoy-gateway', deployment),
      'The target has to name your Gateway, or an HTTPRoute.',
      'Needed only where not everybody may pull: pullSecretRef, a Secret in the same namespace.',
      HASH,
      ...(secure || isPrivate(host)
        ? []
        : [`Envoy Gateway does not pull from ${host} over plain http: give the registry TLS.`]),
    ],
    {
      apiVersion: 'gateway.envoyproxy.io/v1alpha1',
      kind: 'EnvoyExtensionPolicy',
      metadata: { name: kubernetesName(deployment), namespace: 'default' },
      spec: {
        targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'GATEWAY' }],
        wasm: [
          {
            name: kubernetesName(deployment),
            ...(rootId !== undefined && { rootID: rootId }),
            code: {
              type: 'Image',
              image: {
                url: `${imageOf(deployment)}@${selected.digest}`,
                sha256: sha256Of(selected.digest),
                pullSecretRef: { name: SECRET.name },
              },
            },
            config: {},
          },
        ],
      },
    },
  )
}

/** Alibaba Cloud Service Mesh: the resource from which it makes an EnvoyFilter. */
export function asm(deployment: Deployment): string {
  const name = kubernetesName(deployment)
  return yamlDocument(
    [
      ...objectionsOf('asm', deployment),
      `Its controller pulls with the Secret ${SECRET.name} in ${SECRET.namespace}: wasmoor secret makes it.`,
      'The pods of the workload mount what it pulled by these annotations:',
      `  sidecar.istio.io/userVolume: '[{"name":"wasmfilters-dir","hostPath":{"path":"${FILTERS}"}}]'`,
      `  sidecar.istio.io/userVolumeMount: '[{"mountPath":"${FILTERS}","name":"wasmfilters-dir"}]'`,
      ...(deployment.tag === undefined
        ? ['Documented is an image by its tag, not by its digest.']
        : []),
      ...(deployment.secure
        ? []
        : ['Whether its controller pulls over plain http is not documented.']),
    ],
    {
      apiVersion: 'istio.alibabacloud.com/v1beta1',
      kind: 'ASMFilterDeployment',
      metadata: { name },
      spec: {
        workload: { kind: 'Deployment', labels: { app: 'WORKLOAD' } },
        filter: {
          patchContext: 'SIDECAR_INBOUND',
          parameters: '{}',
          image: referenceOf(deployment),
          rootID: rootIdOf(deployment) ?? 'my_root_id',
          id: `${name}.default`,
        },
      },
    },
  )
}
