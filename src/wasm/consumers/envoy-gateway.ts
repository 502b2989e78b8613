import { isPrivate } from '../../base/host.ts'
import { MIB } from '../../base/sizes.ts'
import type { Consumer } from './consumer.ts'
import {
  type Deployment,
  HASH_OF_MANIFEST,
  imageOf,
  kubernetesName,
  rootIdOf,
  SECRET,
  sha256Of,
} from './shared/deployment.ts'
import { isForStandardProxies } from './shared/filters.ts'
import { EXECUTED_ON_OCI_IMAGES, pullsLikeIstio } from './shared/image-fetcher.ts'
import { ENVOY_HOST } from './shared/proxy-wasm-abi.ts'
import { runsInProxyWasm } from './shared/proxy-wasm.ts'
import { pushFilter } from './shared/push-commands.ts'
import { yamlDocument } from './shared/quoting.ts'
import { selectsLikeGgcr } from './shared/select-child.ts'

/** Bytes of a module: internal/wasm, maxWasmSize. */
const LONGEST = 256 * MIB

/**
 * Its controller pulls, and passes the file to its Envoys. Its fetcher is a fork of Istio's; both
 * agreed on everything that was tried.
 */
export const ENVOY_GATEWAY = {
  id: 'envoy-gateway',
  title: 'Envoy Gateway',
  position: 20,
  releases: [{ version: '1.9.1' }],
  sources: ['https://github.com/envoyproxy/gateway (d32f282): internal/wasm/imagefetcher.go'],
  isMadeFor: isForStandardProxies,
  select: selectsLikeGgcr('read'),
  pull: pullsLikeIstio({
    longest: { bytes: LONGEST, beyond: 'refuse' },
    executed: { oci: EXECUTED_ON_OCI_IMAGES, docker: [] },
  }),
  run: runsInProxyWasm(ENVOY_HOST, 'read'),
  push: pushFilter,
  acceptsImages: true,
  usesLayouts: true,
  deploy,
} as const satisfies Consumer

/** EnvoyExtensionPolicy: api/v1alpha1/wasm_types.go. */
function deploy(deployment: Deployment): string {
  const selected = deployment.selected()
  const rootId = rootIdOf(selected)
  const { host, secure } = deployment
  return yamlDocument(
    [
      ...deployment.objections,
      'The target has to name your Gateway, or an HTTPRoute.',
      'pullSecretRef is needed only where anonymous pulls are not allowed: a Secret in the same namespace.',
      HASH_OF_MANIFEST,
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
