import { isPrivate } from '../../base/host.ts'
import { MIB } from '../../base/sizes.ts'
import type { Consumer } from './consumer.ts'
import {
  type Deployment,
  HASH_OF_MANIFEST,
  imageOf,
  kubernetesName,
  NEEDS_SECRET,
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

/** Bytes of a module, unless ISTIO_WASM_MAX_BINARY_SIZE_BYTES says otherwise. */
const LONGEST = 256 * MIB

/** The agent beside each proxy pulls; the proxy, an Envoy, runs the module. */
export const ISTIO = {
  id: 'istio',
  title: 'Istio',
  position: 10,
  releases: [{ version: '1.31', commit: 'eed52eb', date: '2026-08-27' }],
  sources: ['https://github.com/istio/istio (eed52eb): pkg/wasm/imagefetcher.go, cache.go'],
  isMadeFor: isForStandardProxies,
  select: selectsLikeGgcr('executed'),
  pull: pullsLikeIstio({
    longest: { bytes: LONGEST, beyond: 'cut' },
    executed: {
      oci: EXECUTED_ON_OCI_IMAGES,
      docker: ['fits', 'no-layers', 'layer-type', 'no-plugin-file'],
    },
  }),
  run: runsInProxyWasm(ENVOY_HOST, 'read'),
  push: pushFilter,
  acceptsImages: true,
  usesLayouts: true,
  deploy,
} as const satisfies Consumer

/** WasmPlugin: istio.io/latest/docs/reference/config/proxy_extensions/wasm-plugin. */
function deploy(deployment: Deployment): string {
  const selected = deployment.selected()
  const rootId = rootIdOf(selected)
  return yamlDocument(
    [
      ...deployment.objections,
      'The selector has to name your workload: without one every proxy of the mesh loads the filter.',
      NEEDS_SECRET,
      HASH_OF_MANIFEST,
      ...(isPrivate(deployment.host)
        ? [
            'Istio does not authenticate to localhost or private addresses: use a DNS name, or allow anonymous pulls.',
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
