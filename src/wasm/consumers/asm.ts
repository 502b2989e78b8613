import type { Artifact, Known } from '../model/artifact.ts'
import { MODULE_LAYER } from '../model/media-types.ts'
import { runsInProxyWasm } from './proxy-wasm.ts'
import { selectUnknown } from './select-child.ts'
import { FITS, NOT_DOCUMENTED, on } from './verdict.ts'
import { fileIn, wasmFileOf } from '../model/wasm-file.ts'
import type { Consumer, Pulled } from './consumer.ts'
import { ENVOY_HOST } from './envoy.ts'

/**
 * Alibaba Cloud Service Mesh's controller asmwasm-controller, which pulls to every node. Its source is closed: what its
 * documentation pushes with oras is known to be taken, and of nothing else is it known what it does. The mesh of today takes
 * Istio's WasmPlugin as well.
 */
export const ASM: Consumer = {
  id: 'asm',
  title: 'ASM',
  version: '1.8.3',
  sources: ['Alibaba Cloud: Use ORAS to simplify Wasm-based ASM instance extension'],
  select: selectUnknown,
  pull,
  run: runsInProxyWasm(ENVOY_HOST, 'read'),
}

function pull(artifact: Artifact, known: Known): Pulled {
  const [only, ...others] = artifact.layers
  if (only?.mediaType === MODULE_LAYER && others.length === 0) {
    return { verdict: on('documented', FITS), file: fileIn(only, known) }
  }
  const file = wasmFileOf(artifact, known)
  return { verdict: on('documented', NOT_DOCUMENTED), ...(file && { file }) }
}
