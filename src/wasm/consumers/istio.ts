import { pullsLikeIstio } from '../verdicts/image-fetcher.ts'
import { runsInProxyWasm } from '../verdicts/proxy-wasm.ts'
import { selectLikeGgcr } from '../verdicts/select-child.ts'
import type { Consumer, Rule } from './consumer.ts'
import { ENVOY_HOST } from './envoy.ts'

/** Bytes of a module unless ISTIO_WASM_MAX_BINARY_SIZE_BYTES says otherwise. */
const LONGEST = 256 << 20

/** Rules of its fetcher that were seen at work on images made for it. */
export const EXECUTED: ReadonlySet<Rule> = new Set([
  'fits',
  'layer-count',
  'layer-type',
  'no-plugin-file',
  'plugin-not-wasm',
  'archive-unreadable',
])

/** The agent beside each proxy pulls; the proxy, an Envoy, runs. */
export const ISTIO: Consumer = {
  id: 'istio',
  title: 'Istio',
  version: '1.31 (86c9f01, 2026-08-22)',
  sources: ['https://github.com/istio/istio (86c9f01): pkg/wasm/imagefetcher.go, cache.go'],
  select: selectLikeGgcr,
  pull: pullsLikeIstio({ longest: { bytes: LONGEST, beyond: 'cut' }, executed: EXECUTED }),
  run: runsInProxyWasm(ENVOY_HOST, 'read'),
}
