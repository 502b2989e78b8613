import type { Artifact, Known } from '../artifact.ts'
import { CONTENT_LAYER, SPIN_APPLICATION, WASM_LAYER } from '../media-types.ts'
import { selectLikeOciClient } from '../verdicts/select-child.ts'
import {
  FITS,
  type Judgement,
  NOT_DOCUMENTED,
  NOT_LOOKED_AT,
  on,
  refuses,
} from '../verdicts/verdict.ts'
import { type WasmFile, wasmFileOf } from '../wasm-file.ts'
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

function judge({ config, layers }: Artifact): Judgement {
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

function judgeRun(file: WasmFile | undefined): Judgement {
  if (!file?.facts) return NOT_LOOKED_AT
  const { wasm } = file.facts
  if (!wasm || wasm.damage) return refuses('not-wasm', 'is not a valid .wasm file')
  return NOT_DOCUMENTED
}
