import type { Artifact, ContentFacts } from '../model/artifact.ts'
import { RUNWASI_LAYER, WASM_CONFIG_V0, WASM_LAYER } from '../model/media-types.ts'
import { type WasmFile, wasmFileOf } from '../model/wasm-file.ts'
import type { Consumer, Pulled } from './consumer.ts'
import { pushWithWkg } from './shared/push-commands.ts'
import { selectUnknown } from './shared/select-child.ts'
import {
  FITS,
  NOT_DOCUMENTED,
  NOT_LOOKED_AT,
  withEvidence,
  type Outcome,
  refuses,
} from './shared/verdict.ts'

const LAYERS = [RUNWASI_LAYER, WASM_LAYER]
const CANNOT_HANDLE = "executor can't handle spec"

/**
 * The Wasm shims of containerd, here the one for Wasmtime. containerd pulls; the shim looks at the
 * config and the layers.
 */
export const RUNWASI = {
  id: 'runwasi',
  title: 'runwasi',
  position: 110,
  releases: [{ version: '1.0.0', commit: 'eb9967a', date: '2026-04-21' }],
  sources: [
    'https://github.com/containerd/runwasi (eb9967a): crates/containerd-shim-wasm/src/containerd/client.rs, sandbox/context.rs',
  ],
  isMadeFor: (convention) => convention === 'runwasi',
  select: selectUnknown,
  pull,
  run: (file) => withEvidence('read', runOutcome(file)),
  push: pushWithWkg,
  acceptsImages: false,
  usesLayouts: false,
  deploy: { none: 'a pod names the image like any other, with the runtime class of the shim' },
} as const satisfies Consumer

function pull(artifact: Artifact, known: ContentFacts): Pulled {
  const file = wasmFileOf(artifact, known)
  return { verdict: withEvidence('read', pullOutcome(artifact, known)), ...(file && { file }) }
}

function pullOutcome({ config, layers }: Artifact, known: ContentFacts): Outcome {
  const wasm = layers.filter(({ mediaType }) => LAYERS.includes(mediaType))
  // Without Wasm layers the shim runs a file of the unpacked image, and nothing here names that
  // file.
  const filesOnly = layers.every(({ mediaType }) => mediaType.includes('tar'))
  if (wasm.length === 0) return filesOnly ? NOT_DOCUMENTED : refuses('layer-type', CANNOT_HANDLE)
  const architecture = known.config?.['architecture']
  if (config?.mediaType !== WASM_CONFIG_V0 && known.config === undefined) return NOT_LOOKED_AT
  if (known.config !== undefined && architecture !== 'wasm') {
    return refuses('architecture', CANNOT_HANDLE)
  }
  if (wasm.length === 1) return FITS
  return refuses(
    'layer-count',
    'only a single module is supported when using images with OCI layers',
  )
}

function runOutcome(file: WasmFile | undefined): Outcome {
  if (!file?.facts) return NOT_LOOKED_AT
  const { wasm } = file.facts
  if (!wasm || wasm.damage) return refuses('not-wasm')
  if (wasm.kind === 'component') return wasm.entry === undefined ? NOT_DOCUMENTED : FITS
  if (wasm.kind !== 'core-module') return refuses('component-wanted')
  const hasStart = wasm.exports.items.some(({ name }) => name === '_start')
  if (!hasStart && wasm.exports.total === wasm.exports.items.length) {
    return refuses('entry-wanted', 'module does not have a WASI start function')
  }
  const wasi = wasm.imports.items.every(({ module }) => module === 'wasi_snapshot_preview1')
  return hasStart && wasi ? FITS : NOT_DOCUMENTED
}
