import type { Artifact, Known } from '../model/artifact.ts'
import { CONTENT_LAYER, SPIN_APPLICATION, WASM_LAYER } from '../model/media-types.ts'
import { selectLikeOciClient } from './select-child.ts'
import { FITS, type Outcome, NOT_DOCUMENTED, NOT_LOOKED_AT, on, refuses } from './verdict.ts'
import { type WasmFile, wasmFileOf } from '../model/wasm-file.ts'
import type { Consumer, Pulled } from './consumer.ts'

/** Runs applications, which are a locked app file with its modules, and single packages. */
export const SPIN: Consumer = {
  id: 'spin',
  title: 'Spin',
  version: '4.1.0-pre0 (94a8fc8, 2026-08-21)',
  sources: ['https://github.com/spinframework/spin (94a8fc8): crates/oci/src/client.rs, loader.rs'],
  select: selectLikeOciClient,
  pull,
  run: (file) => on('read', judgeRun(file)),
}

/** It stores whatever it is given; what it cannot make sense of it says when it loads. */
function pull(artifact: Artifact, known: Known): Pulled {
  const file = wasmFileOf(artifact, known)
  return { verdict: on('read', judge(artifact)), ...(file && { file }) }
}

function judge({ config, layers }: Artifact): Outcome {
  const isApplication =
    config?.mediaType === SPIN_APPLICATION ||
    layers.some(({ mediaType }) => mediaType === SPIN_APPLICATION)
  if (isApplication) return FITS
  const [only] = layers
  if (layers.length !== 1 || !only) {
    const words = `expected single layer in OCI package, found ${layers.length} layers`
    return refuses('not-an-application', words)
  }
  // Of another type it lands among the data, where nothing looks for a module.
  const isWasm = only.mediaType === CONTENT_LAYER || only.mediaType === WASM_LAYER
  return isWasm ? FITS : refuses('layer-type')
}

function judgeRun(file: WasmFile | undefined): Outcome {
  if (!file?.facts) return NOT_LOOKED_AT
  const { wasm } = file.facts
  if (!wasm || wasm.damage) return refuses('not-wasm', 'is not a valid .wasm file')
  return NOT_DOCUMENTED
}
