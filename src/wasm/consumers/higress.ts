import type { Consumer } from './consumer.ts'
import {
  type Deployment,
  HASH_OF_MANIFEST,
  imageOf,
  kubernetesName,
  NEEDS_SECRET,
  SECRET,
  sha256Of,
} from './shared/deployment.ts'
import { isForAnyProxy } from './shared/filters.ts'
import { pullsLikeIstio } from './shared/image-fetcher.ts'
import { extended, PROXY_WASM_ABIS } from './shared/proxy-wasm-abi.ts'
import { runsInProxyWasm } from './shared/proxy-wasm.ts'
import { pushFilter } from './shared/push-commands.ts'
import { yamlDocument } from './shared/quoting.ts'
import { selectsLikeGgcr } from './shared/select-child.ts'

const FUNCTIONS =
  'redis_init:iiiiiii redis_call:iiiii get_upstream_hosts:ii ' +
  'inject_encoded_data_to_filter_chain:iii set_upstream_override_host:ii'
const CALLBACKS = 'redis_call_response:iiii'

const {
  proxy_abi_version_0_1_0: V01,
  proxy_abi_version_0_2_0: V020,
  proxy_abi_version_0_2_1: V021,
} = PROXY_WASM_ABIS

/**
 * A gateway on forks of Istio and of Envoy, with host functions, a callback and an ABI version of
 * its own.
 */
export const HIGRESS = {
  id: 'higress',
  title: 'Higress',
  position: 30,
  releases: [{ commit: '4e0d691', date: '2026-04-30' }],
  sources: [
    'https://github.com/higress-group/istio (1dbd773): pkg/wasm/imagefetcher.go',
    'https://github.com/higress-group/proxy-wasm-cpp-host (913c1b0): include/proxy-wasm/exports.h, src/wasm.cc',
  ],
  isMadeFor: (convention, hints) => convention === 'higress' || isForAnyProxy(convention, hints),
  select: selectsLikeGgcr('read'),
  pull: pullsLikeIstio({ executed: { oci: [], docker: [] } }),
  run: runsInProxyWasm(
    {
      abis: {
        proxy_abi_version_0_1_0: extended(V01, FUNCTIONS, ''),
        proxy_abi_version_0_2_0: extended(V020, FUNCTIONS, CALLBACKS),
        proxy_abi_version_0_2_1: extended(V021, FUNCTIONS, CALLBACKS),
        proxy_abi_version_0_2_100: extended(V021, FUNCTIONS, CALLBACKS),
      },
    },
    'read',
  ),
  push: pushFilter,
  acceptsImages: true,
  usesLayouts: true,
  deploy,
} as const satisfies Consumer

/** Higress' own WasmPlugin: its configuration applies to every route unless rules say otherwise. */
function deploy(deployment: Deployment): string {
  const selected = deployment.selected()
  return yamlDocument(
    [
      ...deployment.objections,
      NEEDS_SECRET,
      HASH_OF_MANIFEST,
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
