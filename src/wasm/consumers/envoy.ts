import type { Artifact, Known } from '../model/artifact.ts'
import { NO_SUCH_STAGE, NOT_LOOKED_AT, on, refuses } from './verdict.ts'
import { type ProxyWasmHost, runsInProxyWasm } from './proxy-wasm.ts'
import { selectsLikeGgcr } from './select-child.ts'
import { wasmFileOf } from '../model/wasm-file.ts'
import type { Consumer, Pulled } from './consumer.ts'
import { PROXY_WASM_ABIS } from './proxy-wasm-abi.ts'

export const ENVOY_HOST: ProxyWasmHost = { abis: PROXY_WASM_ABIS }

/** The proxy itself, with V8. It pulls nothing: it is given a file, or an address of one. */
export const ENVOY: Consumer = {
  id: 'envoy',
  title: 'Envoy',
  version: '1.40.0',
  sources: [
    'https://github.com/proxy-wasm/proxy-wasm-cpp-host (52a0291): src/wasm.cc, src/v8/v8.cc',
  ],
  select: selectsLikeGgcr('read'),
  pull,
  run: runsInProxyWasm(ENVOY_HOST, 'executed'),
}

function pull(artifact: Artifact, known: Known): Pulled {
  const file = wasmFileOf(artifact, known)
  if (!file) return { verdict: on('documented', refuses('no-wasm')) }
  // An archive that nobody opened may hold no file at all.
  const unsure = file.inArchive && !file.facts
  return { verdict: on('documented', unsure ? NOT_LOOKED_AT : NO_SUCH_STAGE), file }
}
