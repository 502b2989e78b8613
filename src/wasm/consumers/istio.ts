import { pullsLikeIstio } from './image-fetcher.ts'
import { runsInProxyWasm } from './proxy-wasm.ts'
import { selectsLikeGgcr } from './select-child.ts'
import type { Consumer, RuleId } from './consumer.ts'
import { ENVOY_HOST } from './envoy.ts'

/** Bytes of a module unless ISTIO_WASM_MAX_BINARY_SIZE_BYTES says otherwise. */
const LONGEST = 256 << 20

/** Rules of its fetcher, and of Envoy Gateway's fork of it, that were seen at work on OCI images. */
export const SEEN_ON_OCI: readonly RuleId[] = [
  'fits',
  'layer-count',
  'layer-type',
  'no-plugin-file',
  'plugin-not-wasm',
  'layer-not-wasm',
  'archive-unreadable',
]

/** The agent beside each proxy pulls; the proxy, an Envoy, runs. */
export const ISTIO: Consumer = {
  id: 'istio',
  title: 'Istio',
  version: '1.31 (eed52eb, 2026-08-27)',
  sources: ['https://github.com/istio/istio (eed52eb): pkg/wasm/imagefetcher.go, cache.go'],
  select: selectsLikeGgcr('executed'),
  pull: pullsLikeIstio({
    longest: { bytes: LONGEST, beyond: 'cut' },
    executed: { oci: SEEN_ON_OCI, docker: ['fits', 'no-layers', 'layer-type', 'no-plugin-file'] },
  }),
  run: runsInProxyWasm(ENVOY_HOST, 'read'),
}
