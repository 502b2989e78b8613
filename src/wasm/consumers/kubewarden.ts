import type { Artifact, ContentFacts } from '../model/artifact.ts'
import { CONTENT_LAYER } from '../model/media-types.ts'
import { type WasmFile, wasmFileOf } from '../model/wasm-file.ts'
import type { Consumer, Pulled } from './consumer.ts'
import { refusesLayers } from './shared/rust-clients.ts'
import { selectLikeOciClient } from './shared/select-child.ts'
import {
  FITS,
  NOT_DOCUMENTED,
  NOT_LOOKED_AT,
  withEvidence,
  type Outcome,
  refuses,
} from './shared/verdict.ts'

/** Policies for Kubernetes: modules that speak waPC, the interface of OPA, or WASI. */
export const KUBEWARDEN = {
  id: 'kubewarden',
  title: 'Kubewarden',
  position: 100,
  releases: [
    { program: 'policy-fetcher', version: '0.11.0', commit: '64f315f', date: '2026-01-02' },
  ],
  sources: ['https://github.com/kubewarden/policy-fetcher (64f315f): src/registry/mod.rs'],
  isMadeFor: (convention) => convention === 'kubewarden',
  select: selectLikeOciClient,
  pull,
  run: (file) => withEvidence('read', runOutcome(file)),
  push: ({ reference, file }) => `kwctl push ${file} registry://${reference}`,
  acceptsImages: false,
  usesLayouts: false,
  deploy: { none: 'a policy needs rules and settings that the artifact does not have' },
} as const satisfies Consumer

function pull(artifact: Artifact, known: ContentFacts): Pulled {
  const file = wasmFileOf(artifact, known)
  const refused = refusesLayers(artifact, [CONTENT_LAYER])
  return { verdict: withEvidence('read', refused ?? FITS), ...(file && { file }) }
}

function runOutcome(file: WasmFile | undefined): Outcome {
  if (!file?.facts) return NOT_LOOKED_AT
  const { wasm } = file.facts
  if (!wasm || wasm.damage) return refuses('not-wasm')
  if (wasm.kind !== 'core-module') return refuses('module-wanted')
  const hasInterface = wasm.hostHints.includes('wapc') || wasm.hostHints.includes('opa')
  return hasInterface ? FITS : NOT_DOCUMENTED
}
