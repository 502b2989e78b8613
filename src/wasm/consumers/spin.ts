import type { Artifact, ContentFacts } from '../model/artifact.ts'
import { CONTENT_LAYER, SPIN_APPLICATION, WASM_LAYER } from '../model/media-types.ts'
import { type WasmFile, wasmFileOf } from '../model/wasm-file.ts'
import type { Consumer, Pulled } from './consumer.ts'
import { pushSpinApplication } from './shared/push-commands.ts'
import { selectLikeOciClient } from './shared/select-child.ts'
import {
  FITS,
  NOT_DOCUMENTED,
  NOT_LOOKED_AT,
  withEvidence,
  type Outcome,
  refuses,
} from './shared/verdict.ts'

/** Runs applications, which are a locked app file with its modules, and single packages. */
export const SPIN = {
  id: 'spin',
  title: 'Spin',
  position: 90,
  releases: [{ version: '4.1.0-pre0', commit: '94a8fc8', date: '2026-08-21' }],
  sources: ['https://github.com/spinframework/spin (94a8fc8): crates/oci/src/client.rs, loader.rs'],
  isMadeFor: (convention) => convention === 'spin',
  select: selectLikeOciClient,
  pull,
  run: (file) => withEvidence('read', runOutcome(file)),
  push: pushSpinApplication,
  acceptsImages: false,
  usesLayouts: false,
  deploy: { none: 'an application is started by its reference: spin up --from' },
} as const satisfies Consumer

/** It stores every layer, and reports a layer that it does not understand only when it loads. */
function pull(artifact: Artifact, known: ContentFacts): Pulled {
  const file = wasmFileOf(artifact, known)
  return { verdict: withEvidence('read', pullOutcome(artifact)), ...(file && { file }) }
}

function pullOutcome({ config, layers }: Artifact): Outcome {
  const isApplication =
    config?.mediaType === SPIN_APPLICATION ||
    layers.some(({ mediaType }) => mediaType === SPIN_APPLICATION)
  if (isApplication) return FITS
  const [only] = layers
  if (layers.length !== 1 || !only) {
    const words = `expected single layer in OCI package, found ${layers.length} layers`
    return refuses('not-an-application', words)
  }
  // A layer of another type is stored as data, where Spin looks for no module.
  const isWasm = only.mediaType === CONTENT_LAYER || only.mediaType === WASM_LAYER
  return isWasm ? FITS : refuses('layer-type')
}

function runOutcome(file: WasmFile | undefined): Outcome {
  if (!file?.facts) return NOT_LOOKED_AT
  const { wasm } = file.facts
  if (!wasm || wasm.damage) return refuses('not-wasm', 'is not a valid .wasm file')
  return NOT_DOCUMENTED
}
