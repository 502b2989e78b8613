import { pullsLikeIstio } from './image-fetcher.ts'
import { runsInProxyWasm } from './proxy-wasm.ts'
import { selectsLikeGgcr } from './select-child.ts'
import type { Consumer } from './consumer.ts'
import { ENVOY_HOST } from './envoy.ts'
import { SEEN_ON_OCI } from './istio.ts'

/** Bytes of a module: internal/wasm, maxWasmSize. */
const LONGEST = 256 << 20

/** Its controller pulls and hands the file to its Envoys. A fork of Istio's fetcher; both agreed in everything tried. */
export const ENVOY_GATEWAY: Consumer = {
  id: 'envoy-gateway',
  title: 'Envoy Gateway',
  version: '1.9.1',
  sources: ['https://github.com/envoyproxy/gateway (d32f282): internal/wasm/imagefetcher.go'],
  select: selectsLikeGgcr('read'),
  pull: pullsLikeIstio({
    longest: { bytes: LONGEST, beyond: 'refuse' },
    executed: { oci: SEEN_ON_OCI, docker: [] },
  }),
  run: runsInProxyWasm(ENVOY_HOST, 'read'),
}
