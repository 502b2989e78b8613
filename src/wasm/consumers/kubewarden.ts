import type { Artifact, Known } from '../model/artifact.ts'
import { CONTENT_LAYER } from '../model/media-types.ts'
import { refusesLayers } from './oci-client.ts'
import { selectLikeOciClient } from './select-child.ts'
import { FITS, type Outcome, NOT_DOCUMENTED, NOT_LOOKED_AT, on, refuses } from './verdict.ts'
import { type WasmFile, wasmFileOf } from '../model/wasm-file.ts'
import type { Consumer, Pulled } from './consumer.ts'

/** Policies for Kubernetes: modules that speak waPC, OPA's interface or WASI. */
export const KUBEWARDEN: Consumer = {
  id: 'kubewarden',
  title: 'Kubewarden',
  version: 'policy-fetcher 0.11.0 (64f315f, 2026-01-02)',
  sources: ['https://github.com/kubewarden/policy-fetcher (64f315f): src/registry/mod.rs'],
  select: selectLikeOciClient,
  pull,
  run: (file) => on('read', judgeRun(file)),
}

function pull(artifact: Artifact, known: Known): Pulled {
  const file = wasmFileOf(artifact, known)
  const refused = refusesLayers(artifact, [CONTENT_LAYER])
  return { verdict: on('read', refused ?? FITS), ...(file && { file }) }
}

function judgeRun(file: WasmFile | undefined): Outcome {
  if (!file?.facts) return NOT_LOOKED_AT
  const { wasm } = file.facts
  if (!wasm || wasm.damage) return refuses('not-wasm')
  if (wasm.kind !== 'core-module') return refuses('module-wanted')
  const speaks = wasm.telltales.includes('wapc') || wasm.telltales.includes('opa')
  return speaks ? FITS : NOT_DOCUMENTED
}
