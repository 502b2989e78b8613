import type { Artifact, ContentFacts } from '../model/artifact.ts'
import { type WasmFile, wasmFileOf } from '../model/wasm-file.ts'
import type { Consumer, Pulled } from './consumer.ts'
import { pushWithWkg } from './shared/push-commands.ts'
import { refusesArtifact } from './shared/rust-clients.ts'
import { selectLikeOciClient } from './shared/select-child.ts'
import {
  FITS,
  NOT_DOCUMENTED,
  NOT_LOOKED_AT,
  withEvidence,
  type Outcome,
  refuses,
} from './shared/verdict.ts'

/** Offers the functions of components to language models. It pulls without credentials. */
export const WASSETTE = {
  id: 'wassette',
  title: 'Wassette',
  position: 80,
  releases: [{ version: '0.2.0', commit: '8940e27', date: '2025-08-09' }],
  sources: [
    'https://github.com/microsoft/wassette (8940e27): crates/wassette/src/loader.rs, lib.rs',
  ],
  isMadeFor: () => false,
  select: selectLikeOciClient,
  pull,
  run: (file) => withEvidence('read', runOutcome(file)),
  push: pushWithWkg,
  acceptsImages: false,
  usesLayouts: false,
  deploy: { none: 'a component is loaded by its reference: wassette component load' },
} as const satisfies Consumer

function pull(artifact: Artifact, known: ContentFacts): Pulled {
  const file = wasmFileOf(artifact, known)
  return { verdict: withEvidence('read', refusesArtifact(artifact) ?? FITS), ...(file && { file }) }
}

function runOutcome(file: WasmFile | undefined): Outcome {
  const facts = file?.facts
  if (!facts) return NOT_LOOKED_AT
  const { wasm } = facts
  if (wasm?.kind === 'component' && !wasm.damage) {
    const { items, total } = wasm.imports
    const provided = items.length === total && items.every(({ name }) => name.startsWith('wasi:'))
    return provided ? FITS : NOT_DOCUMENTED
  }
  const words = [
    'Failed to compile component from path',
    'Please ensure the file is a valid WebAssembly component.',
  ]
  return refuses('component-wanted', ...words)
}
