import { pullsLikeIstio } from './image-fetcher.ts'
import { runsInProxyWasm } from './proxy-wasm.ts'
import { selectsLikeGgcr } from './select-child.ts'
import type { Consumer } from './consumer.ts'
import { extended, PROXY_WASM_ABIS } from './proxy-wasm-abi.ts'

const FUNCTIONS =
  'redis_init:iiiiiii redis_call:iiiii get_upstream_hosts:ii ' +
  'inject_encoded_data_to_filter_chain:iii set_upstream_override_host:ii'
const CALLBACKS = 'redis_call_response:iiii'

const {
  proxy_abi_version_0_1_0: V01,
  proxy_abi_version_0_2_0: V020,
  proxy_abi_version_0_2_1: V021,
} = PROXY_WASM_ABIS

/** A gateway on a fork of Istio and of Envoy, with host functions, a callback and an ABI of its own. */
export const HIGRESS: Consumer = {
  id: 'higress',
  title: 'Higress',
  version: '4e0d691 (2026-04-30)',
  sources: [
    'https://github.com/higress-group/istio (1dbd773): pkg/wasm/imagefetcher.go',
    'https://github.com/higress-group/proxy-wasm-cpp-host (913c1b0): include/proxy-wasm/exports.h, src/wasm.cc',
  ],
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
}
